"""Valid examples of what every parser is given, to be changed into what is nearly right."""

from __future__ import annotations

from typing import Final

STORY: Final = (
    "Bridge shut after storm\nBy Jane Doe\nPARIS, Wednesday, January 14th, 2026 (Reuters) — The bridge was shut at noon. "  # noqa: E501 - sample text
    "“Nobody was hurt,” Mayor Ida Brandt said.\n\nRepairs cost 2.4 million dollars.\nRead the Full Post Article at:\n"
    "[ https://news.example/a ]\n",
    "U.S. wants talks\nJerusalem, Jan. 3 - The US sent an envoy. He said: 'We wait.'\n• first\n• second\n",
    "A headline\n\nOne line without a full stop",
)
PROSE: Final = (
    "The U.S. envoy said on Friday, Jan. 9, that talks go on. “We wait,” he said. No. 5 is shut at 5 p.m. EST.",
    "Mr. Smith paid $2.4 million... Then what? Nothing!\nThe second paragraph, hard-wrapped,\ngoes on here. (See p. 3.)",  # noqa: E501 - sample text
    "1. First\n2. Second\n- third point\n\nhttps://news.example/a?b=c and a@b.example. It’s Britain’s N.H.S. that pays us.",  # noqa: E501 - sample text
)
QUESTIONS: Final = (
    "what did the mayor say yesterday?",
    "how many articles mention the bridge since 7 October 2025?",
    "and why?",
    "who said that?",
    "what's the latest on the ferry?",
    "what do you have on Ida Brandt from last week?",
    "show me articles about us aid",
    "when was that, since the meeting",
    "new topic: who runs the ferry?",
    "any news about Smith in the last two weeks?",
    "what else does the article say",
    "is that still true",
)
MARKDOWN: Final = (
    "---\ntitle: Bridge shut\noutlet: The Post\npublished: 2026-01-14\nauthors: [Jane Doe, Jon Roe]\n---\n\n# Bridge shut\n\n"  # noqa: E501 - sample text
    "It *was* **shut** [here](https://x.example). ![p](a.png)\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    '+++\ntitle = "T"\ndate = 2026-01-14\n+++\nText `code` <b>html</b>\n\n```\nfence\n```\n> quote\n> > deeper\n',
    "# Only a heading\n\nText below. <!-- hidden -->\n\n1) item\n   more\n",
)
PAGE: Final = (
    "<html lang=en><head><title>Bridge shut</title><meta property='article:published_time' content='2026-01-14'>"
    "<link rel=canonical href='https://news.example/a'><script type='application/ld+json'>"
    '{"@type":"NewsArticle","headline":"Bridge shut","datePublished":"2026-01-14T10:00:00Z","author":[{"name":"J"}],'
    '"publisher":{"name":"Post"},"articleBody":"It was shut. Nobody was hurt."}</script></head><body><h1>Bridge shut</h1>'  # noqa: E501 - sample text
    "<article><p>The bridge was shut at noon, and nobody was hurt, the mayor said on Friday.</p><p itemprop=author>J"
    "</p><time pubdate datetime='2026-01-14'>x</time></article></body></html>",
    "<!doctype html><meta charset=iso-8859-1><title>T</title><body><div><p>Short text of a page.<table><tr><td>1</table>",  # noqa: E501 - sample text
)
RECORD: Final[dict[str, object]] = {
    "id": "a-1",
    "title": "Bridge shut",
    "text": PROSE[0],
    "url": "https://news.example/a?utm_source=x#top",
    "published": "2026-01-14T10:00:00+02:00",
    "updated": "January 15, 2026",
    "outlet": "The Post",
    "author": ["Jane Doe"],
    "section": "News",
    "language": "en-GB",
}
ROW: Final[dict[str, object]] = {
    "id": 7,
    "question": "why?",
    "as_of": "2026-01-31",
    "since": "2026-01-01",
    "until": "2026-02-01T10:00Z",
    "outlet": ["The Post"],
    "anytime": True,
    "history": [
        {
            "question": "who?",
            "answer": "“He.” [1]",
            "standalone": "who?",
            "citations": [{"article_id": "a", "start": 0, "end": 5}],
        }
    ],
}
DATES: Final = (
    "2026-01-14",
    "2026-01-14T10:00:00+02:00",
    "Wednesday, January 14th, 2026",
    "14 Jan 2026 5:30 p.m. EST",
    "1768400000",
    "Wed, 14 Jan 2026 10:00:00 GMT",
    "13/01/2026",
    "20260114T101112Z",
    "2026 January 14",
    "Jan. 14, 2026 at 10:00",
)
ENCODED: Final = (
    *(text.encode() for text in PROSE),
    "“Café fermé”, says the mayor’s naïve façade — £5".encode("cp1252"),
    "Мост закрыт после бури. Никто не пострадал, сказал мэр в пятницу.".encode("cp1251"),
    "Мост закрыт после бури, и ремонт будет стоить два миллиона.".encode("koi8_r"),
    "Most został zamknięty po burzy, powiedział w piątek burmistrz Łodzi.".encode("iso8859-2"),
    "嵐の後、橋は閉鎖された。市長は金曜日にそう語った。".encode("shift_jis"),
    "The bridge was shut at noon.".encode("utf-16"),
)
"""Texts in encodings that have to be told from the bytes alone, beside those in UTF-8."""
