"""What Discord's markdown, or a terminal, would take for more than text. Independent of the escaping."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

_ESCAPED: Final = re.compile(r"\\([^0-9A-Za-z\s])")
_OWN_LINK: Final = re.compile(r"\[((?:[^\[\]]|\ufffc)*)\]\(<(https?://[^<>\s]+)>\)")
_OWN_TIME: Final = re.compile(r"^(?:> |-# |### |- )")
_OWN_MARKER: Final = re.compile(
    r"^\*\*(?:\[\d+\]|\d+\.)\*\* |^\[\d\] |(?<=: compare )(?:\[\d\](?: and )?)+|(?<=: vergleiche )(?:\[\d\](?: und )?)+"
)
_LIVE: Final = re.compile(r"[*_~`|<>\[\]@]|://|(?<=[^\W\d_])\.(?=[^\W\d_])|^\s*(?:#|-|\+|>|\d+\.\s)")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_IGNORED: Final = re.compile("[\ufff0-\ufff8\U000e0080-\U000e0fff]")
"""Drawn as nothing by Unicode's word, with or without a character there."""
_BOLD: Final = "\ufffc"
"""Stands for the bot's own asterisks, which part what stands around them: no address goes on across them."""
_STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")


def texts_of(component: Any) -> list[str]:  # noqa: ANN401 - a payload as Discord gets it
    """Every text of a payload that Discord draws as markdown."""
    if isinstance(component, list):
        return [text for part in component for text in texts_of(part)]
    if not isinstance(component, dict):
        return []
    own = [str(component["content"])] if "content" in component else []
    return own + [text for part in component.values() for text in texts_of(part)]


def live_in(content: str, addresses: Collection[str]) -> str | None:
    """What comes alive in a text but the bot's own mark-up: headings, quotes, small type, bold, links to ``addresses``.

    A link counts as the bot's own only where it leads to an address of its article, and its words name no other host.
    """
    for line in content.split("\n"):
        if unseen := _UNSEEN.search(line) or _IGNORED.search(line):
            return f"an unseen character {unseen[0]!a}"
        bare = _ESCAPED.sub("\ufffc", line)
        bare = _OWN_TIME.sub("", _OWN_TIME.sub("", bare))
        for label, address in _OWN_LINK.findall(bare):
            if address not in addresses:
                return f"a link to {address}"
            if _LIVE.search(label.replace("**", _BOLD)):
                return f"mark-up in a link's words: {label}"
        bare = _OWN_MARKER.sub("", _OWN_LINK.sub("link", bare))
        if bare.count("**") % 2:
            return f"bold that does not end: {line:.200}"
        if found := _LIVE.search(bare.replace("**", _BOLD)):
            return f"{found[0]!r} in {line:.200}"
    return None


def terminal_live_in(output: str, *, colours: bool) -> str | None:
    """What drives a terminal but the colours of our own: any other escape sequence, control or turning character."""
    bare = _STYLES.sub("", output) if colours else output
    found = _UNSEEN.search(bare)
    return f"{found[0]!a} in {bare[max(0, found.start() - 40) : found.end() + 40]!a}" if found else None
