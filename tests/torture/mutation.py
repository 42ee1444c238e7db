"""Inputs that are nearly right: valid examples, cut, doubled, spliced and strewn with what parsers trip over."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Final

ZALGO: Final = "Z\u0335\u0322\u0321a\u0301\u0327\u0317l\u0489\u0300\u0316go"
HOMOGLYPHS: Final = "раураl Вrіdgе ＠everyone ⁠ｄiscord．gg"  # noqa: RUF001 - they are the point
PIECES: Final = (
    "\x00",
    "\x1b[2J",
    "\x1b]8;;http://evil.example\x07",
    "\x9b31m",
    "\x7f",
    "\r",
    "\r\n",
    "\u2028",
    "\x85",
    "\ufeff",
    "\ud800",
    "\udfff\ud83d",
    "\u202e",
    "\u2066\u2069",
    "\u200b",
    "\u200d",
    "\u3164",
    "\U000e0041",
    "\U000e0000\U000e0101\ufff0",
    "\U0010ffff",
    ZALGO,
    HOMOGLYPHS,
    "İ",
    "ß",
    "ﬁ",
    "٣",
    "²",
    "漢字。",
    "👩‍🚀",
    "e\u0301",
    "@everyone",
    "<@123>",
    "<@&4>",
    "<#5>",
    "</ask:6>",
    "<t:1:R>",
    "<a:x:7>",
    "[x](https://evil.example)",
    "||",
    "**",
    "__",
    "~~",
    "```",
    "`",
    "> ",
    ">>> ",
    "-# ",
    "# ",
    "- ",
    "1. ",
    "\\",
    "://",
    "discord.gg/x",
    "www.evil.example",
    "<b>",
    "</p>",
    "<!--",
    "-->",
    "<script>",
    "<![CDATA[",
    "&#0;",
    "&amp;",
    "<a href='javascript:1'>",
    "<img src=x>",
    "https://[::1]:8@",
    "---\n",
    "+++\n",
    "...",
    "title: x\n",
    "key: [",
    "- - - ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ",",
    ":",
    "null",
    "NaN",
    "1e999",
    "-0",
    "9" * 400,
    "2026-02-30",
    "03/04/2026",
    "Monday, 5 March 2026",
    "1768400000",
    "2026-01-14T25:61Z",
    "yesterday",
    "last week",
    "since the ",
    "in October",
    "how many articles ",
    "what do you have on ",
    "who said that",
    "new topic: ",
    "since:",
    'outlet:"',
    "as_of:9999-99-99",
    "Read the full x article at: [ http://x ]",
    "By Jane Doe\n",
    "PARIS (Reuters) — ",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    ".",
    "! ",
    "? ",
    "…",
    "(",
    ")",
    "“",
    "”",
    "’s",
    "U.S. ",
    "us ",
    "dateline:sources:1:0",
    "dateline:question:0:1:ab",
    "9223372036854775808",
    "-1",
)
"""What means something to one parser or another."""
_MOST_CHANGES: Final = 4
_DEEP: Final = 3


class Mutator:
    """Changes valid examples, the same way for the same seed, or as somebody else's numbers say."""

    def __init__(self, seed: str, numbers: random.Random | None = None) -> None:
        self.random = numbers or random.Random(seed)  # noqa: S311 - inputs to try, no secrets

    def text(self, seeds: Sequence[str], *, changes: int = _MOST_CHANGES) -> str:
        """One of the seeds, changed in one to ``changes`` places."""
        pick = self.random
        text = pick.choice(seeds)
        for _ in range(pick.randint(1, changes)):
            at = pick.randint(0, len(text))
            upto = min(len(text), at + pick.choice((0, 1, 2, 5, 20)))
            what = pick.randrange(6)
            if what == 0:
                text = text[:at] + text[upto:]
            elif what == 1:
                text = text[:at] + text[at:upto] * pick.randint(2, 4) + text[upto:]
            elif what == 2:
                other = pick.choice(seeds)
                text = text[:at] + other[pick.randint(0, len(other)) :]
            elif what == 3:
                text = text[:at] + chr(pick.choice((pick.randrange(0x80), pick.randrange(0x110000)))) + text[upto:]
            else:
                text = text[:at] + pick.choice(PIECES) * pick.choice((1, 1, 1, 2, 9)) + text[at:]
        return text

    def data(self, seeds: Sequence[bytes]) -> bytes:
        """As for text, in bytes: flipped, cut, doubled, spliced."""
        pick = self.random
        data = bytearray(pick.choice(seeds))
        for _ in range(pick.randint(1, _MOST_CHANGES)):
            at = pick.randint(0, len(data))
            upto = min(len(data), at + pick.choice((1, 2, 8, 40)))
            what = pick.randrange(5)
            if what == 0 and at < len(data):
                data[at] ^= 1 << pick.randrange(8)
            elif what == 1:
                del data[at:upto]
            elif what == 2:
                data[at:at] = data[at:upto] * pick.randint(1, 3)
            elif what == 3:
                other = pick.choice(seeds)
                data[at:] = other[pick.randint(0, len(other)) :]
            else:
                data[at:at] = pick.choice(PIECES).encode("utf-8", "surrogatepass")
        return bytes(data)

    def value(self, seed: object, depth: int = _DEEP) -> object:
        """A JSON value with some of its parts replaced, dropped, or wrapped."""
        pick = self.random
        if depth == 0 or pick.random() < 0.15:
            return self._stray()
        if isinstance(seed, dict):
            return {
                (self.text([key], changes=1) if pick.random() < 0.05 else key): (
                    self.value(value, depth - 1) if pick.random() < 0.4 else value
                )
                for key, value in seed.items()
                if pick.random() > 0.07
            }
        if isinstance(seed, list):
            return [self.value(item, depth - 1) for item in seed] * pick.choice((0, 1, 1, 1, 2))
        return self.text([seed]) if isinstance(seed, str) else self._stray()

    def _stray(self) -> object:
        pick = self.random
        return pick.choice(
            (None, True, False, 0, -1, 1.5, 1e308, 10**30, "", " ", [], {}, [[]], {"a": {}}, pick.choice(PIECES), ["x"])
        )

    def json(self, seed: object) -> bytes:
        """A changed value as JSON, at times broken as a text too; surrogates come as escapes or as bytes."""
        text = json.dumps(self.value(seed), ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.3:
            text = self.text([text], changes=2)
        return text.encode("utf-8", "surrogatepass")
