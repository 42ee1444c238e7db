"""Markdown with front matter, read as the plain text that a reader would see."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from index.articles.dateline import take_closing
from index.articles.front_matter import split_front_matter
from index.articles.limits import UnfitError
from index.articles.plain import story_fields

if TYPE_CHECKING:
    from markdown_it.token import Token

_MARKUP: Final = re.compile(
    # What is never closed ends with the text: looking for its end again from each of its starts would take for ever.
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A paragraph, heading, list item or table row as plain text; ``tight`` if no blank line stands before it."""

    text: str
    tight: bool = False
    is_title: bool = False


def markdown_fields(text: str) -> Mapping[str, object]:
    """The fields of a .md article: those of the front matter, and from the text those that it leaves out.

    The text has no markup, link targets or pictures, and blank lines between paragraphs; a first-level heading above
    it that is the title is no part of it.

    Raises:
        UnfitError: if the front matter is broken, or there is no headline.
    """
    fields, body = split_front_matter(text)
    # Before rendering, which joins lines: the closing stands on lines of its own.
    outlet, url, body = take_closing(body)
    blocks = list(_blocks(body))
    if blocks and blocks[0].is_title and fields.get("title", blocks[0].text) == blocks[0].text:
        fields["title"] = blocks.pop(0).text
    if not fields.get("title"):
        raise UnfitError("it has no title, neither in front matter nor as a # heading above the text")
    plain = "".join(("\n" if block.tight else "\n\n") + block.text for block in blocks)
    story, found = story_fields(plain.strip())
    closing = {name: value for name, value in (("outlet", outlet), ("url", url)) if value}
    return {**found, **closing, **fields, "text": story}


def _blocks(body: str) -> Iterator[_Block]:
    from markdown_it import MarkdownIt  # only Markdown needs it

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # Addresses are not kept, and to put hosts into another form fails on characters that no host has.
    parser.normalizeLink = parser.normalizeLinkText = str  # type: ignore[method-assign, assignment]  # made to be replaced
    tokens = parser.parse(body)
    mark = ""
    cells: list[str] = []
    tight = False  # whether the next item or row stands right below the one before
    for opening, token in itertools.pairwise([*tokens[:1], *tokens]):
        if token.type in {"ordered_list_open", "bullet_list_open", "table_open", "table_close"}:
            tight = tight and token.level > 0
        elif token.type == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "tr_close":
            yield _Block(text=" | ".join(cells), tight=tight)
            cells, tight = [], True
        elif token.type == "inline" and opening.type in {"td_open", "th_open"}:
            cells.append(_inline(token.children or ()))
        elif text := _text_of(token):
            in_tight_list = token.type == "inline" and opening.hidden
            yield _Block(text=mark + text, tight=tight and in_tight_list, is_title=opening.tag == "h1" and not mark)
            mark, tight = "", in_tight_list


def _text_of(token: Token) -> str:
    """The plain text of a block that has any."""
    if token.type == "inline":
        return _inline(token.children or ())
    if token.type == "html_block":
        return " ".join(html.unescape(_MARKUP.sub(" ", token.content)).split())
    return token.content.rstrip() if token.type in {"fence", "code_block"} else ""


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(" " if token.type == "softbreak" else "\n")
    return "".join(parts).strip()
