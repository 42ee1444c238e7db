"""Foreign text comes out harmless and whole, whatever it is; property tests and hostile examples."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import Excerpt, bold_part, escape, link, pages, plain, safe_url, shorten

ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
LIVE = re.compile(r"[*_~`|<>\[\]@]|://|(?<=[^\W\d_])\.(?=[^\W\d_])|^\s*(?:#|-|\+|\d+\.)", re.MULTILINE)
HOSTILE = [
    "**bold** __under__ ~~gone~~ `code` ```block``` ||spoiler||",
    "@everyone and @here, <@123>, <@&456>, <#789>, </ask:1>, <t:1:R>",
    "<:smile:123> <a:dance:456>",
    "[innocent](https://evil.example) and [also](<https://evil.example>)",
    "join discord.gg/abc or https://discord.com/invite/abc",
    "# headline",
    "- item",
    "-# small",
    "> quote",
    ">>> all of it",
    "1. first",
    "+ plus",
    "back\\slash \\*not bold\\*",
    "\u202eright to left\u202c and \u200bnothing\u2066",
    "line\nbreaks\r\n\u2028and\ttabs",
    "NUL \x00 and bell \x07",
]
mixed = st.lists(st.sampled_from([*HOSTILE, "A sentence. ", "Another one! ", " ", "word", "é漢字🙂"]), max_size=12).map(
    "".join
)
texts = st.text(max_size=200) | mixed


def live_markup(escaped: str) -> str | None:
    """What Discord would still take for mark-up, after dropping what backslashes disarm."""
    found = LIVE.search(ESCAPED.sub("\ufffc", escaped))
    return found[0] if found else None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_stands(text: str) -> None:
    escaped = escape(text)
    assert live_markup(escaped) is None
    assert ESCAPED.sub(r"\1", escaped) == plain(text)


@given(texts)
def test_nothing_comes_alive_and_nothing_is_lost(text: str) -> None:
    escaped = escape(text)
    assert live_markup(escaped) is None
    assert ESCAPED.sub(r"\1", escaped) == plain(text)
    assert "\n" not in escaped


@given(texts, st.data())
def test_one_part_is_bold_and_the_rest_is_not(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = bold_part(text, (start, end))
    disarmed = ESCAPED.sub("\ufffc", shown)
    assert disarmed.count("**") in {0, 2}
    assert disarmed.replace("**", "").count("*") == 0
    wanted = plain(text[start:end])
    if disarmed.count("**") == 2:
        inner = shown.split("**")[1] if "\\*" not in shown else None
        assert inner is None or ESCAPED.sub(r"\1", inner) == wanted
    unmarked = ESCAPED.sub("\ufffc", shown).replace("**", "")
    assert len("".join(unmarked.split())) == len("".join(plain(text).split()))


@given(texts, st.integers(20, 200), st.data())
def test_shortened_text_keeps_to_the_limit_and_to_its_marked_part(text: str, limit: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = data.draw(st.sampled_from([None, (start, end)]))
    cut = shorten(text, limit, part)
    assert len(bold_part(cut.text, cut.part)) <= limit
    assert live_markup(bold_part(cut.text, None)) is None
    if cut.part is not None:
        assert part is not None
        marked = cut.text[cut.part[0] : cut.part[1]]
        assert text[part[0] : part[1]].startswith(marked)


def test_text_is_cut_at_sentence_ends() -> None:
    text = "The first sentence ends here. The second one does, too! The third is too long to fit into what is left."
    assert shorten(text, 60).text == "The first sentence ends here. The second one does, too!"


def test_a_marked_part_late_in_a_long_text_is_kept() -> None:
    text = "word " * 200 + "the answer is here" + " word" * 200
    part = (1_000, 1_018)
    cut = shorten(text, 120, part)
    assert cut.part is not None
    assert cut.text[cut.part[0] : cut.part[1]] == "the answer is here"
    assert cut.text.startswith("…")
    assert cut.text.endswith("…")


def test_short_text_is_left_alone() -> None:
    assert shorten("As it is.", 100) == Excerpt(text="As it is.")


@given(texts, st.integers(30, 120))
def test_pages_hold_all_of_a_text_within_the_limit(text: str, limit: int) -> None:
    found = pages(text, limit)
    assert all(len(page) <= limit for page in found)
    shown = "".join("".join(ESCAPED.sub(r"\1", page).split()) for page in found)
    wanted = "".join("".join(plain(line).split()) for line in text.split("\n"))
    assert shown.replace("…", "") == wanted.replace("…", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://n\x7fews.example/",
        "https://[::1]:8080/x",
        "https://[::1]:808@/x",
        "https://[::1]:8080@",
        "https://xn--b/x",
        'https://b"nk.example/login',
        "https://:user:secret@news.example/",
        "https://xn--bnk-7c____d.example/",
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:secret@evil.example/",
        "https://a b.example",
        "not a url",
        "https://" + "a" * 600 + ".example",
    ],
)
def test_addresses_that_are_not_plain_web_addresses_make_no_link(url: str | None) -> None:
    assert safe_url(url) is None
    assert link("Head[line]", url) == "Head\\[line\\]"


@given(st.text(max_size=60))
def test_no_address_ends_its_link_early(tail: str) -> None:
    address = safe_url(f"https://news.example/{tail}")
    assert address is None or not set(address) & set("<>()[]\\ \n\"'`|~@")


@pytest.mark.parametrize(
    "label",
    ["https://bbc.co.uk/real", "Read www.bbc.co.uk now", "bbc.co.uk/real", "\uff48ttps://bbc.co.uk", "http:/bbc.co.uk"],
)
def test_a_label_that_looks_like_another_address_makes_no_link(label: str) -> None:
    assert link(label, "https://evil.example/x") == escape(label)


@pytest.mark.parametrize(
    "label", ["https://bbc.co.uk/real", "www.bbc.co.uk", "Amazon.com shares fall", "U.S. v. Google"]
)
def test_a_label_that_tells_the_truth_stays_a_link(label: str) -> None:
    assert link(label, "https://www.bbc.co.uk/x") == f"[{escape(label)}](<https://www.bbc.co.uk/x>)"


@pytest.mark.parametrize(
    "char", "\u061c\u00ad\u180e\u200b\u202e\u3164\uffa0\u2800\U000e0041\U000e0000\U000e0100\U000e0fff\u2065\ufff0"
)
def test_no_character_is_invisible(char: str) -> None:
    assert plain(f"a{char}b") == "ab"


def test_joiners_of_emoji_and_scripts_stay() -> None:
    assert plain("👩\u200d🚀 می\u200cک") == "👩\u200d🚀 می\u200cک"


def test_a_link_has_no_preview() -> None:
    assert link("Headline", "https://news.example/a_(b)") == "[Headline](<https://news.example/a_%28b%29>)"
