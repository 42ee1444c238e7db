"""Markdown articles with front matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.articles.markdown import markdown_fields
from tests.index.articles.reading_fakes import read, read_one, reason, written


def test_front_matter_gives_the_fields_as_written(tmp_path: Path) -> None:
    article = read_one(
        written(
            tmp_path / "a.md",
            "---\ntitle: 1984\noutlet: No\nauthor:\n  - Jane Doe\n  - John Roe\npublished: 2026-01-14T23:30:00-05:00\n"
            "updated: 2026-01-15\nsection: ~\nurl: https://x.com/a\nlanguage: en_GB\nid: a-1\n---\n\nThe text.\n",
        )
    )
    assert (article.id, article.title, article.outlet, article.author) == ("a-1", "1984", "No", "Jane Doe, John Roe")
    assert (article.published, article.updated) == ("2026-01-14T23:30:00-05:00", "2026-01-15")
    assert (article.section, article.language, article.url) == (None, "en-GB", "https://x.com/a")
    assert article.text == "The text."


def test_other_generators_names_for_fields_are_known(tmp_path: Path) -> None:
    content = '+++\ntitle = "T"\ndate = 2026-01-14T08:00:00Z\nlastmod = 2026-01-15\nsource = "Ledger"\n+++\nThe text.'
    article = read_one(written(tmp_path / "a.markdown", content))
    assert (article.published, article.updated) == ("2026-01-14T08:00:00+00:00", "2026-01-15")
    assert article.outlet == "Ledger"


def test_an_address_that_no_host_has_leaves_its_text() -> None:
    given = "# Title\n\nShut [here](https:\udfff\ud83d//x.example), see <https://\udfff.example/a%20b>."
    assert markdown_fields(given)["text"] == "Shut here, see https://\udfff.example/a%20b."


def test_markup_leaves_the_text(tmp_path: Path) -> None:
    content = (
        "# Title\n\nA *soft* [link](https://x.com)\nbreak, \\$5 &amp; `code` ![picture](p.png) <b>bold</b>.\n\n"
        "## Part\n\n- one\n- two\n  - three\n\n3. x\n4. y\n\n> said\n\n<!-- hidden --><div>shown</div>\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    article = read_one(written(tmp_path / "a.md", content))
    assert article.title == "Title"
    assert article.text == (
        "A soft link break, $5 & code  bold.\n\nPart\n\n- one\n- two\n- three\n\n3. x\n4. y\n\nsaid\n\nshown\n\n"
        "a | b\n1 | 2"
    )


def test_the_heading_that_repeats_the_title_is_dropped_and_another_is_kept(tmp_path: Path) -> None:
    assert read_one(written(tmp_path / "a.md", "---\ntitle: T\n---\n# T\n\nText.")).text == "Text."
    assert read_one(written(tmp_path / "b.md", "---\ntitle: T\n---\n# U\n\nText.")).text == "U\n\nText."


def test_dateline_and_closing_leave_the_text_and_front_matter_wins(tmp_path: Path) -> None:
    content = (
        "---\ntitle: T\npublished: 2026-01-15\n---\nLONDON, Jan. 14, 2026 - The text.\n"
        "Read the Full X Article at:\n[ https://x.com/a ]\n"
    )
    article = read_one(written(tmp_path / "a.md", content))
    assert article.text == "The text."
    assert (article.published, article.place, article.outlet) == ("2026-01-15", "LONDON", "X")
    assert article.url == "https://x.com/a"


def test_an_ambiguous_date_is_left_out_with_a_remark(tmp_path: Path) -> None:
    articles, skipped = read(written(tmp_path / "a.md", "---\ntitle: T\npublished: 03/04/2026\n---\nText."))
    assert articles[0].published is None
    assert "3 April or 4 March 2026; indexed without it" in skipped[0].reason


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("---\ntitle: T\n\nText.", "its front matter does not end"),
        ("---\ntitle: [T\n---\nText.", "its front matter is not valid YAML"),
        ("---\ntitle: T\ntitle: U\n---\nText.", "its front matter gives title twice"),
        ("---\n- a\n---\nText.", "its front matter is not a list of fields"),
        ("---\na: " + "[" * 5000 + "\n---\nText.", "its front matter is too long, or nested too deeply"),
        ("---\n" + "- " * 5000 + "\n---\nText.", "its front matter is not valid YAML"),
        ("+++\ntitle =\n+++\nText.", "its front matter is not valid TOML"),
        (
            "+++\ntitle = 'T'\n" + "a . " * 5000 + "b = 1\n+++\nText.",
            "its front matter is too long, or nested too deeply",
        ),
        ("+++\ntitle = 'T'\n[" + "'a'." * 50 + "b]\n+++\nText.", "its front matter is too long, or nested too deeply"),
        ("---\ntitle: [T, U]\n---\nText.", "its title is a list, not text"),
        ("---\npublished: 2026-01-14\n---\nText.", "it has no title"),
        ("---\ntitle: ''\n---\nText.", "it has no title"),
        ("---\ntitle: T\n---\n", "its text is empty"),
        ("---\ntitle: T\npublished: 2026-02-30\n---\nText.", "its date is impossible: 2026-02-30"),
        ("---\ntitle: T\npublished: [2026-01-14]\n---\nText.", "its published is a list, not a date"),
    ],
)
def test_broken_markdown_is_skipped_with_its_reason(tmp_path: Path, content: str, why: str) -> None:
    assert why in reason(written(tmp_path / "a.md", content))


def test_toml_of_dots_that_are_no_deep_key_is_read(tmp_path: Path) -> None:
    content = "+++\ntitle = 'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s'\na.b.c = 'U.S. and U.K.'\n+++\nText."
    assert read_one(written(tmp_path / "a.md", content)).title == "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s"


def test_yaml_that_multiplies_itself_is_not_expanded(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    article = read_one(written(tmp_path / "a.md", f"---\ntitle: T\n{bomb}---\nText."))
    assert article.text == "Text."
