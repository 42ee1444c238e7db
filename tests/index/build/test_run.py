"""What an indexing run does to an archive."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from index import generations
from index.backends.vectors_faiss import FaissVectors
from index.errors import ArchiveError, IndexCancelled, IndexDamaged, IndexMissing, ModelError, RemovalRefused
from index.protocols import Vectors
from index.types import Article, Passage, Progress, Skipped
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import (
    FINGERPRINT,
    article,
    articles_of,
    cut,
    index,
    open_lexical,
    open_live,
    passage_ids,
    versions,
    visible,
)

DOZEN = [article(f"a{number:02d}") for number in range(12)]


def test_first_run_publishes_every_article_and_passage(tmp_path: Path) -> None:
    report = index(tmp_path, DOZEN)
    assert (report.generation, report.articles, report.added, report.passages) == (1, 12, 12, 24)
    opened = open_live(tmp_path)
    assert articles_of(opened.store) == {source.id: source for source in DOZEN}
    assert opened.warnings == ()
    vectors = FaissVectors(opened.generation.dense, dimensions=64, count=24)
    lexical = open_lexical(opened.generation.lexical)
    best = ToyEmbedder().embed_queries(["Headline of a07, The Ledger\nThis is about a07. It has two sentences."])[0]
    hits = [vectors.search(best, 1)[0].passage_id, lexical.search("a07", 1)[0].passage_id]
    assert [opened.store.passages([hit])[hit].article_id for hit in hits] == ["a07", "a07"]


def test_stored_passages_are_slices_of_the_stored_text(tmp_path: Path) -> None:
    source = article("x", "Žluťoučký kůň 🐎 ran. It — ‘fast’. Naïve.\n\n漢字。 Done.")
    index(tmp_path, [source])
    store = open_live(tmp_path).store
    found = store.passages(passage_ids(store))
    assert sorted((p.start, p.end, p.text, p.header, p.sentences) for p in found.values()) == sorted(
        (p.start, p.end, p.text, p.header, p.sentences) for p in cut(source)
    )


def test_unchanged_input_changes_nothing_and_embeds_nothing(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "generations").rglob("*")}
    embedder = ToyEmbedder()
    report = index(tmp_path, DOZEN, embedder=embedder, vectors=_Forbidden(), lexical=_Forbidden(), cutter=_never_cut)
    assert (report.generation, report.unchanged, report.added, report.passages, report.embedded) == (1, 12, 0, 24, 0)
    assert embedder.embedded == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "generations").rglob("*")} == before
    run = open_live(tmp_path).store.last_run()
    assert run is not None
    assert (run.generation, run.unchanged) == (1, 12)


def test_added_changed_and_removed_articles_are_told_apart(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    changed = article("a03", "Nothing is as it was. Not at all.")
    embedder = ToyEmbedder()
    report = index(
        tmp_path, [*DOZEN[1:3], changed, *DOZEN[4:], article("new", "Fresh words. Two of them.")], embedder=embedder
    )
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 10)
    assert report.generation == 2
    assert report.embedded == embedder.embedded == 2
    assert visible(tmp_path) == versions(
        [*DOZEN[1:3], changed, *DOZEN[4:], article("new", "Fresh words. Two of them.")]
    )


def test_unchanged_articles_keep_their_passage_ids(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    first = open_live(tmp_path).store
    index(tmp_path, [*DOZEN, article("new")])
    second = open_live(tmp_path).store
    old_ids = passage_ids(first)
    assert {i: p.article_id for i, p in first.passages(old_ids).items()}.items() <= {
        i: p.article_id for i, p in second.passages(passage_ids(second)).items()
    }.items()


def test_changed_metadata_alone_makes_a_new_version(tmp_path: Path) -> None:
    index(tmp_path, [article("a", published="2026-01-14")])
    report = index(tmp_path, [article("a", published="2026-01-15")])
    assert (report.changed, report.unchanged) == (1, 0)
    assert open_live(tmp_path).store.article("a").published == "2026-01-15"


def test_the_same_text_is_embedded_once_and_its_vector_outlives_its_article(tmp_path: Path) -> None:
    index(tmp_path, [article("gone", "Some words. And more words."), article("stays")])
    index(tmp_path, [article("stays")])
    index(tmp_path, [article("stays"), article("third")])
    embedder = ToyEmbedder()
    back = article("gone", "Some words. And more words.")
    assert index(tmp_path, [article("stays"), back], embedder=embedder).embedded == embedder.embedded == 0


def test_equal_passages_of_different_articles_are_embedded_once(tmp_path: Path) -> None:
    same = "This stands in both. Word for word."
    embedder = ToyEmbedder()
    report = index(
        tmp_path,
        [article("a", f"{same} Only here.", title="T"), article("b", f"{same} And there.", title="T")],
        embedder=embedder,
    )
    assert report.passages == 4
    assert embedder.embedded == report.embedded == 3


def test_another_embedder_embeds_everything_and_keeps_the_passages(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    first = passage_ids(open_live(tmp_path).store)
    other = ToyEmbedder(name="other")
    report = index(tmp_path, DOZEN, embedder=other, cutter=_never_cut)
    assert (report.generation, report.unchanged, report.embedded) == (2, 12, 24)
    opened = generations.open_generation(tmp_path, generations.Expectation(embedder=other.id, fingerprint=FINGERPRINT))
    assert passage_ids(opened.store) == first


def test_another_fingerprint_cuts_everything_anew(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    report = index(tmp_path, DOZEN, cutter=lambda source: cut(source)[:1], fingerprint="first window only")
    assert (report.generation, report.unchanged, report.passages, report.embedded) == (2, 12, 12, 0)


def test_second_article_with_the_same_id_is_skipped_and_told_where_the_first_is(tmp_path: Path) -> None:
    twice = article("a", "Other words. Really.", path="in/feed.jsonl", line="7")
    report = index(tmp_path, [article("a"), twice])
    assert report.articles == 1
    assert report.skipped == (Skipped(path="in/feed.jsonl", line=7, reason="the id a was already read from in/a.txt"),)
    assert open_live(tmp_path).store.article("a") == article("a")


def test_same_text_twice_is_kept_once_and_both_places_are_remembered(tmp_path: Path) -> None:
    copy = article("b", "This is  about a.\nIt has two sentences.  Or three.", outlet="Wire", url="https://w.example/b")
    report = index(tmp_path, [article("a"), copy])
    assert (report.articles, report.added) == (1, 1)
    assert report.skipped == (Skipped(path="in/b.txt", reason="same text as a (in/a.txt)"),)
    places = open_live(tmp_path).store.places("a")
    assert [(place.rank, place.path, place.id, place.outlet, place.url) for place in places] == [
        (0, "in/a.txt", "a", "The Ledger", None),
        (1, "in/b.txt", "b", "Wire", "https://w.example/b"),
    ]


def test_the_other_place_takes_over_when_the_kept_one_disappears(tmp_path: Path) -> None:
    copy = article("b", article("a").text)
    index(tmp_path, [article("a"), copy, article("c")])
    report = index(tmp_path, [copy, article("c")])
    assert (report.added, report.removed, report.unchanged) == (1, 1, 1)
    assert visible(tmp_path) == versions([copy, article("c")])
    assert [place.id for place in open_live(tmp_path).store.places("b")] == ["b"]


def test_a_moved_article_keeps_its_generation_and_gets_its_new_place(tmp_path: Path) -> None:
    index(tmp_path, [article("a", line="1", path="in/feed.jsonl")])
    report = index(tmp_path, [article("a", line="2", path="in/feed.jsonl")])
    assert (report.generation, report.unchanged) == (1, 1)
    assert open_live(tmp_path).store.article("a").origin.line == 2


def test_removing_more_than_half_is_refused_and_forced(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    with pytest.raises(RemovalRefused, match=r"7 of 12 articles.*--force"):
        index(tmp_path, DOZEN[:5])
    assert visible(tmp_path) == versions(DOZEN)
    assert index(tmp_path, DOZEN[:6]).removed == 6
    assert index(tmp_path, DOZEN[:1], force=True).articles == 1


def test_an_archive_of_ten_may_shrink(tmp_path: Path) -> None:
    index(tmp_path, DOZEN[:10])
    assert index(tmp_path, DOZEN[:1]).removed == 9


@pytest.mark.parametrize("force", [False, True])
def test_an_input_without_any_article_is_refused(tmp_path: Path, *, force: bool) -> None:
    nothing = [Skipped(path="in/a.txt", reason="empty file")]
    with pytest.raises(IndexMissing, match=r"no article \(1 skipped; in/a.txt: empty file\): check --articles"):
        index(tmp_path, nothing, force=force)
    index(tmp_path, DOZEN[:2])
    with pytest.raises(RemovalRefused, match="the archive has 2"):
        index(tmp_path, nothing, force=force)
    assert visible(tmp_path) == versions(DOZEN[:2])


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (Skipped(path="in/a.txt", reason="can't be read"), "can't be read; its article stays as it was"),
        (Skipped(path="in", reason="can't be listed"), "can't be listed; its article stays as it was"),
    ],
)
def test_an_article_whose_file_cannot_be_read_this_time_stays(tmp_path: Path, piece: Skipped, reason: str) -> None:
    index(tmp_path, [article("a"), article("b", path="elsewhere/b.txt")])
    report = index(tmp_path, [article("b", path="elsewhere/b.txt"), article("c"), piece])
    assert (report.articles, report.added, report.removed, report.unchanged) == (3, 1, 0, 2)
    assert report.skipped[0].reason == reason
    assert set(visible(tmp_path)) == {"a", "b", "c"}


def test_an_article_on_a_line_that_is_broken_this_time_stays_and_its_neighbours_go(tmp_path: Path) -> None:
    feed = [article(name, path="in/feed.jsonl", line=str(line)) for line, name in enumerate("abc", start=1)]
    index(tmp_path, feed)
    report = index(tmp_path, [feed[0], Skipped(path="in/feed.jsonl", line=2, reason="broken JSON")])
    assert set(visible(tmp_path)) == {"a", "b"}
    assert (report.removed, report.unchanged) == (1, 2)


def test_force_lets_articles_go_that_cannot_be_read(tmp_path: Path) -> None:
    index(tmp_path, [article("a"), article("b")])
    index(tmp_path, [article("b"), Skipped(path="in/a.txt", reason="can't be read")], force=True)
    assert set(visible(tmp_path)) == {"b"}


def test_an_unreadable_article_does_not_stay_beside_the_same_text_under_another_id(tmp_path: Path) -> None:
    index(tmp_path, [article("a"), article("b", article("a").text)])
    index(tmp_path, [Skipped(path="in/a.txt", reason="can't be read"), article("b", article("a").text)])
    assert set(visible(tmp_path)) == {"b"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (article("bad", "A broken \ud83d escape."), "broken character (half of a surrogate pair) at offset 9"),
        (article("bad", path="in/bad\udce9.txt"), "broken character (half of a surrogate pair) at offset 6"),
        (article("bad", "A NUL\0 in it."), "NUL character"),
        (article("bad", published="2026-02-31"), "impossible date '2026-02-31'"),
    ],
)
def test_an_article_that_cannot_be_stored_is_skipped(tmp_path: Path, bad: Article, reason: str) -> None:
    report = index(tmp_path, [bad, article("good")])
    assert (report.articles, report.skipped) == (1, (Skipped(path=bad.origin.path, reason=reason),))


@pytest.mark.parametrize("stage", ["reading", "cutting", "embedding", "writing vectors", "writing words"])
def test_a_run_cancelled_at_any_stage_leaves_everything_as_it_was(tmp_path: Path, stage: str) -> None:
    index(tmp_path, DOZEN)
    before = visible(tmp_path)

    def cancel(progress: Progress) -> None:
        if progress.stage == stage and progress.done:
            raise IndexCancelled("enough")

    with pytest.raises(IndexCancelled):
        index(tmp_path, [*DOZEN[2:], article("new")], report=cancel)
    assert visible(tmp_path) == before
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["000001"]
    report = index(tmp_path, [*DOZEN[2:], article("new")])
    assert (report.generation, report.added, report.removed) == (2, 1, 2)


def test_embeddings_of_a_cancelled_run_are_not_computed_again(tmp_path: Path) -> None:
    def fail(_step: str) -> None:
        if _step == "vectors":
            raise IndexCancelled("enough")

    with pytest.raises(IndexCancelled):
        index(tmp_path, DOZEN, at_step=fail)
    embedder = ToyEmbedder()
    assert index(tmp_path, DOZEN, embedder=embedder).articles == 12
    assert embedder.embedded == 0


def test_an_error_in_the_input_leaves_everything_as_it_was(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)

    def broken() -> Iterator[Article]:
        yield article("new")
        raise OSError("the network drive is gone")

    with pytest.raises(OSError, match="network drive"):
        index(tmp_path, broken())
    assert visible(tmp_path) == versions(DOZEN)


def test_files_that_lack_passages_are_not_published(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    with pytest.raises(IndexDamaged, match="passages readable"):
        index(tmp_path, [*DOZEN, article("new")], open_check=lambda _dense, _lexical: (26, 25))
    assert open_live(tmp_path).generation.number == 1


def test_vectors_of_a_broken_model_are_not_stored(tmp_path: Path) -> None:
    class Broken(ToyEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            return np.full((len(texts), 64), np.nan, dtype=np.float32)

    with pytest.raises(ModelError, match="unit length"):
        index(tmp_path, DOZEN, embedder=Broken())
    embedder = ToyEmbedder()
    assert index(tmp_path, DOZEN, embedder=embedder).embedded == embedder.embedded == 24


def test_progress_tells_every_stage_to_its_end(tmp_path: Path) -> None:
    told: list[Progress] = []
    index(tmp_path, DOZEN, report=told.append)
    last = {progress.stage: progress for progress in told}
    assert [(stage, step.done, step.total) for stage, step in last.items()] == [
        ("reading", 12, 12),
        ("cutting", 12, 12),
        ("embedding", 24, 24),
        ("writing vectors", 24, 24),
        ("writing words", 24, 24),
    ]


def test_two_generations_are_kept_and_older_rows_collected(tmp_path: Path) -> None:
    for number in range(5):
        index(tmp_path, [article("a", f"Version {number}. It differs."), article("b")])
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["000004", "000005"]
    with sqlite3.connect(tmp_path / "archive.sqlite3") as connection:
        (kept,) = connection.execute("SELECT count(*) FROM articles WHERE id = 'a'").fetchone()
        (orphans,) = connection.execute(
            "SELECT count(*) FROM passages WHERE article_row NOT IN (SELECT row_id FROM articles)"
        ).fetchone()
    assert (kept, orphans) == (2, 0)


def test_a_reader_of_the_generation_before_goes_on_while_two_more_are_published(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    store = open_live(tmp_path).store
    ids = passage_ids(store)
    before = store.passages(ids)
    index(tmp_path, [*DOZEN[3:], article("new")])
    assert store.passages(ids) == before
    assert articles_of(store) == {source.id: source for source in DOZEN}
    assert set(passage_ids(store)) == set(ids)


def test_an_archive_of_articles_without_passages_can_be_read(tmp_path: Path) -> None:
    report = index(tmp_path, [article("a")], cutter=lambda _source: [])
    assert (report.articles, report.passages) == (1, 0)
    opened = open_live(tmp_path)
    assert articles_of(opened.store) == {"a": article("a")}
    assert FaissVectors(opened.generation.dense, dimensions=64).search(np.eye(1, 64, dtype=np.float32)[0], 3) == []


def test_an_error_of_the_cutter_names_the_article(tmp_path: Path) -> None:
    def shifted(source: Article) -> list[Passage]:
        return [dataclasses.replace(passage, start=passage.start + 1) for passage in cut(source)]

    with pytest.raises(ValueError, match="is not a slice of its article's text") as raised:
        index(tmp_path, [article("a")], cutter=shifted)
    assert raised.value.__notes__ == ["while cutting the article 'a' from in/a.txt into passages"]


def test_a_damaged_database_is_named_with_its_cure(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    (tmp_path / "archive.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(IndexDamaged, match="move it away"):
        index(tmp_path, DOZEN)


def test_a_lost_database_is_built_again(tmp_path: Path) -> None:
    index(tmp_path, DOZEN)
    for path in tmp_path.glob("archive.sqlite3*"):
        path.unlink()
    with pytest.raises(IndexDamaged):
        open_live(tmp_path)
    report = index(tmp_path, DOZEN)
    assert (report.generation, report.added) == (2, 12)
    assert visible(tmp_path) == versions(DOZEN)


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"home is in the way .*move it away"):
        index(tmp_path / "home", DOZEN)


class _Forbidden:
    def write(self, *_args: object) -> int:
        raise AssertionError("nothing is written when nothing changed")


def _never_cut(_source: Article) -> list[Passage]:
    raise AssertionError("nothing is cut when nothing changed")
