"""Foreign text made harmless for Discord's markdown, and shortened without breaking it; pure."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import yarl

_MARKS: Final = re.compile(r"([\\*_~`|<>\[\]@])")
_LETTER_DOT: Final = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
_LINE_START: Final = re.compile(r"^(\s*)(?:(#|-|\+)|(\d+)(\.))", re.MULTILINE)
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)")
_INVISIBLE: Final = {"Cc", "Cf", "Cs", "Co"}
_JOINERS: Final = {"\u200c", "\u200d"}
"""Format characters that scripts and emoji need."""
_FILLERS: Final = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}
"""Drawn as nothing though their categories are those of letters, marks and symbols."""
_UNASSIGNED: Final = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""Drawn as nothing by Unicode's word, though most of them have no category yet; the last block has tags and selectors
that no text needs, and that can carry hidden words."""
_NAMED_HOST: Final = re.compile(r"(?:(?<!\w)\w+:/+|\bwww\.)(?:[^\s/?#]*@)?([^\s/?#:]+)", re.IGNORECASE)
_BARE_HOST: Final = re.compile(r"\s*([\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,})(?:[/?#:]\S*)?\s*")
_ESCAPED: Final = re.compile(r"\\.")
_QUOTED: Final = re.compile(r"^>( )", re.MULTILINE)
_GAP: Final = re.compile(r"(?<=\S)\s")
_URL_LIMIT: Final = 512
_ELLIPSIS: Final = "…"
_WORD_START: Final = re.compile(r"(?<=\s)\S")
_PATH: Final = re.compile(r"""(?<![\w/\\:.])(?:[A-Za-z]:)?(?:[/\\][^\s/\\:,;'"`()]+)+[/\\]([^\s/\\:,;'"`()]+)""")
_WINDOW: Final = 2
"""Characters looked at for each that may be shown: escaping makes text longer, so more can hardly ever fit."""


def plain(text: str) -> str:
    """Text without control, invisible and direction characters and doubled white space; line breaks become spaces."""
    visible = "".join(
        " " if char.isspace() else char
        for char in _UNASSIGNED.sub("", text)
        if char.isspace() or char in _JOINERS or (char not in _FILLERS and unicodedata.category(char) not in _INVISIBLE)
    )
    return " ".join(visible.split())


def escape(text: str) -> str:
    r"""Text that Discord shows as it stands: no formatting, mention, emoji, link, invite or spoiler comes alive.

    A backslash stands before every character that could begin something; Discord drops it when drawing.
    """
    escaped = _MARKS.sub(r"\\\1", plain(text))
    escaped = escaped.replace("://", "\\://")
    # Without the dot there is no host name: discord.gg/… is an invitation even without a scheme.
    escaped = _LETTER_DOT.sub(r"\\.", escaped)
    return _LINE_START.sub(_escape_start, escaped)


def without_paths(text: str) -> str:
    """Text in which only the last part of a path from the root is left: the rest is the machine's own affair."""
    return _PATH.sub(r"…/\1", text)


def _escape_start(match: re.Match[str]) -> str:
    return f"{match[1]}\\{match[2]}" if match[2] else f"{match[1]}{match[3]}\\."


def bold_part(text: str, part: tuple[int, int] | None) -> str:
    """Escaped text with one part of it bold; ``part`` are offsets into ``text``."""
    if part is None:
        return escape(text)
    start, end = part
    inner = text[start:end]
    # White space inside the asterisks would keep Discord from making it bold.
    start += len(inner) - len(inner.lstrip())
    end -= len(inner) - len(inner.rstrip())
    if start >= end or not escape(text[start:end]):
        return escape(text)
    before, after = text[:start], text[end:]
    left = escape(before) + (" " if before[-1:].isspace() else "")
    right = (" " if after[:1].isspace() else "") + escape(after)
    return f"{left}**{escape(text[start:end])}**{right}".strip()


def link(label: str, url: str | None) -> str:
    """A masked link without preview.

    The escaped label alone where the address isn't a plain web address, or where the label names another one.
    """
    shown = escape(label)
    address = safe_url(url)
    return f"[{shown}](<{address}>)" if address and not _pretends(label, address) else shown


def _pretends(label: str, address: str) -> bool:
    """Whether a label looks like an address of a host other than the one it would lead to."""
    read = unicodedata.normalize("NFKC", plain(label))
    named = _NAMED_HOST.findall(read) + [match[1] for match in [_BARE_HOST.fullmatch(read)] if match]
    return any(_host(name) != _host(yarl.URL(address).host or "") for name in named)


def _host(name: str) -> str:
    return name.casefold().removeprefix("www.")


_HOST: Final = re.compile(r"[A-Za-z0-9_.-]+")
"""A host as it goes over the wire: names in other letters are in punycode there."""


def safe_url(url: str | None) -> str | None:
    """The address if it is a short http(s) one, with nothing in it that could end a link early.

    Hosts that are no names (in brackets) or can't be told as names (broken punycode) are nobody's articles.
    """
    if not url or len(url) > _URL_LIMIT or not all(char.isprintable() and not char.isspace() for char in url.strip()):
        return None
    try:
        parsed = yarl.URL(url.strip())
        host, user, _ = parsed.host, parsed.user, parsed.port  # decoded only here: each may fail
    except (ValueError, IndexError):  # the second where brackets stand before an @ and nothing after it
        return None
    if parsed.scheme not in {"http", "https"} or not host or user or "@" in parsed.raw_authority:
        return None
    if not _HOST.fullmatch(parsed.raw_host or ""):
        return None
    address = str(parsed)
    for char in "<>()[]\\\"'`|~@":
        address = address.replace(char, f"%{ord(char):02X}")
    return address if len(address) <= _URL_LIMIT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A piece of a text and where the marked part lies in it."""

    text: str
    part: tuple[int, int] | None = None


def shorten(text: str, limit: int, part: tuple[int, int] | None = None) -> Excerpt:
    """The most of a text whose escaped form, with the part bold, has at most ``limit`` characters.

    Cuts at a sentence end where one is left, else between words with an ellipsis, and keeps the marked part.
    """
    if len(text) <= _WINDOW * limit and _length(text, part) <= limit:
        return Excerpt(text=text, part=part)
    least = part[1] if part is not None else 1
    window = text[: _WINDOW * limit]
    ends = [match.end() for match in _SENTENCE_END.finditer(window) if match.end() >= least]
    fitting = bisect.bisect_right(ends, limit, key=lambda end: _length(text[:end], part))
    if fitting:
        return Excerpt(text=text[: ends[fitting - 1]], part=part)
    return _around(text, limit, part)


def _length(text: str, part: tuple[int, int] | None) -> int:
    return len(bold_part(text, part))


def _around(text: str, limit: int, part: tuple[int, int] | None) -> Excerpt:
    """A piece between word boundaries that has the part in it, or as much of the part as fits."""
    start = part[0] if part is not None and part[1] > part[0] else 0
    if start <= limit and _length(text[:start], None) < limit // 3:
        start = 0
    window = text[start : start + _WINDOW * limit]
    words = [match.start() for match in _WORD_START.finditer(window)]
    words += [len(window)] if start + len(window) == len(text) else []

    def piece(end: int) -> Excerpt:
        lead = _ELLIPSIS if start else ""
        tail = _ELLIPSIS if start + end < len(text) else ""
        body = window[:end].rstrip()
        marked = None
        if part is not None:
            marked = (part[0] - start + len(lead), min(part[1] - start, len(body)) + len(lead))
        return Excerpt(text=lead + body + tail, part=marked if marked is not None and marked[0] < marked[1] else None)

    def length(end: int) -> int:
        made = piece(end)
        return _length(made.text, made.part)

    fitting = bisect.bisect_right(words, limit, key=length)
    if fitting and piece(words[fitting - 1]).text.strip(_ELLIPSIS):
        return piece(words[fitting - 1])
    return Excerpt(text=_first_characters(window, limit))


def _first_characters(text: str, limit: int) -> str:
    """For a word longer than the limit."""
    size = bisect.bisect_right(range(1, limit), limit, key=lambda end: len(escape(text[:end] + _ELLIPSIS)))
    return text[:size] + _ELLIPSIS


def fitted(blocks: Sequence[str], limit: int) -> tuple[str, ...]:
    """Blocks of finished markdown with at most ``limit`` characters in all; the longest give way, evenly.

    They are cut at a line or sentence end where one is near, else between words; never inside mark-up.
    """
    sizes = [len(block) for block in blocks]
    if sum(sizes) <= limit:
        return tuple(blocks)
    level = bisect.bisect_right(range(1, limit + 1), limit, key=lambda most: sum(min(size, most) for size in sizes))
    return tuple(block if len(block) <= level else _cut(block, level) for block in blocks)


def _cut(block: str, limit: int) -> str:
    bare = _QUOTED.sub("\ufffc\\1", _ESCAPED.sub("\ufffc\ufffc", block))[:limit]
    gaps = [match.start() for match in _GAP.finditer(bare)]
    ends = [gap for gap in gaps if gap > limit // 2 and (bare[gap] == "\n" or bare[gap - 1] in ".!?…")]
    found = next((gap for gap in [*reversed(ends), *reversed(gaps)] if _closed(bare[:gap])), 0)
    return block[:found].rstrip() + _ELLIPSIS


def _closed(bare: str) -> bool:
    """Whether nothing is open at the end: no bold, code, spoiler, link or mention."""
    return not any(bare.count(mark) % 2 for mark in ("**", "*", "`", "||")) and all(
        bare.count(start) == bare.count(end) for start, end in (("[", "]"), ("<", ">"), ("(<", ">)"))
    )


def pages(text: str, limit: int) -> tuple[str, ...]:
    """A text cut at sentence ends into pieces whose escaped form has at most ``limit`` characters."""
    found: list[str] = []
    for paragraph in filter(None, (part.strip() for part in text.split("\n"))):
        rest = paragraph
        while rest:
            piece = shorten(rest, limit).text
            taken = len(piece.rstrip(_ELLIPSIS)) if not rest.startswith(piece) else len(piece)
            taken = max(1, taken)
            piece, rest = rest[:taken], rest[taken:].lstrip()
            escaped = escape(piece)
            if found and len(found[-1]) + 2 + len(escaped) <= limit:
                found[-1] += f"\n\n{escaped}"
            else:
                found.append(escaped)
    return tuple(found)
