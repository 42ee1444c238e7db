"""Opening a generation: what is expected, what is found, and what is said about a difference."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from index import generations
from index.build import folders
from index.errors import IndexDamaged, IndexMismatch, OutOfResources
from index.generations import Expectation, check_files, current_generation, open_generation, read_generation
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import FINGERPRINT, article, expectation, index, open_live

ARTICLES = [article("a"), article("b")]


def test_the_manifest_tells_what_was_built(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    opened = open_live(tmp_path)
    manifest = opened.generation.manifest
    assert (manifest.format, manifest.generation, manifest.embedder) == (1, 1, ToyEmbedder().id)
    assert (manifest.fingerprint, manifest.articles, manifest.passages) == (FINGERPRINT, 2, 4)
    assert {"dense.faiss", "lexical/meta.json"} <= set(manifest.files)
    assert opened.named == current_generation(tmp_path) == 1


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (Expectation(embedder="bigger@768"), r"built with embedder 'toy@64', not 'bigger@768': run `dateline index"),
        (
            Expectation(embedder="toy@64", fingerprint="three sentences"),
            r"built with passage settings 'two sentences', not 'three sentences': run `dateline index",
        ),
    ],
)
def test_another_embedder_or_other_settings_are_named_with_the_cure(
    tmp_path: Path, expected: Expectation, message: str
) -> None:
    index(tmp_path, ARTICLES)
    with pytest.raises(IndexMismatch, match=message):
        open_generation(tmp_path, expected)


def test_another_format_is_named_with_the_cure_and_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(tmp_path, ARTICLES)
    for module in (generations, folders):
        monkeypatch.setattr(module, "FORMAT", 2)
    with pytest.raises(IndexMismatch, match=r"has format 1, this program reads 2: run `dateline index"):
        open_live(tmp_path)
    assert index(tmp_path, ARTICLES).generation == 2
    assert open_live(tmp_path).generation.manifest.format == 2
    assert generations.numbers_on_disk(tmp_path) == [2]


def test_the_generation_before_does_not_serve_for_another_embedder(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    other = ToyEmbedder(name="other")
    index(tmp_path, ARTICLES, embedder=other)
    (tmp_path / "generations" / "000002" / "dense.faiss").unlink()
    with pytest.raises(IndexDamaged, match=r"generation 2 is damaged: dense.faiss"):
        open_generation(tmp_path, expectation(other))


def test_an_edited_manifest_is_damage(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    path = tmp_path / "generations" / "000001" / "manifest.json"
    stored = json.loads(path.read_text())
    stored["embedder"] = "bigger@768"
    path.write_text(json.dumps(stored))
    with pytest.raises(IndexDamaged, match=r"manifest\.json was changed"):
        open_generation(tmp_path, Expectation(embedder="bigger@768"))


def test_a_reader_that_is_overtaken_while_opening_opens_what_is_live_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading CURRENT and opening the files, two runs publish and remove what it named."""
    index(tmp_path, ARTICLES)
    real = read_generation
    overtaken: list[int] = []

    def overtake(home: Path, number: int) -> generations.Generation:
        if not overtaken:
            overtaken.append(number)
            for name in ("c", "d"):
                index(home, [*ARTICLES, article(name)])
        return real(home, number)

    monkeypatch.setattr(generations, "read_generation", overtake)
    opened = generations.open_generation(tmp_path, expectation())
    assert overtaken == [1]
    assert (opened.generation.number, opened.named, opened.warnings) == (3, 3, ())


def test_large_files_are_compared_by_size_and_ends_and_in_full_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path, ARTICLES)
    generation = read_generation(tmp_path, 1)
    path, size = generation.dense, 5 * 2**20
    path.write_bytes(os.urandom(size))
    check = generations.file_check(path)
    manifest = dataclasses.replace(generation.manifest, files={"dense.faiss": check})
    generation = dataclasses.replace(generation, manifest=manifest)
    monkeypatch.setattr(generations, "_FULL_CHECK_BYTES", 2**20)
    _flip(path, size // 2)
    check_files(generation)
    with pytest.raises(IndexDamaged, match=r"dense\.faiss was changed"):
        check_files(generation, full=True)
    for offset in (0, size - 1):
        _flip(path, offset)
        with pytest.raises(IndexDamaged, match=r"dense\.faiss was changed"):
            check_files(generation)
        _flip(path, offset)


def test_everything_is_on_the_disk_before_current_names_it(tmp_path: Path, flushes: list[str]) -> None:
    index(tmp_path, ARTICLES)
    generation = tmp_path / "generations" / "000001"
    moved, named = flushes.index(f"rename {generation}"), flushes.index(f"rename {tmp_path / 'CURRENT'}")
    assert moved < named
    beside = f"{generation}.tmp-{os.getpid()}"
    files = [path.relative_to(generation) for path in generation.rglob("*")]
    assert {f"flush {beside}", *(f"flush {beside}/{path}" for path in files)} <= set(flushes[:moved])
    assert {f"flush {generation.parent}", f"flush {tmp_path / 'CURRENT.new'}"} <= set(flushes[moved:named])
    assert f"flush {tmp_path}" in flushes[named:]


def test_sizes_on_disk_count_everything(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    before = generations.bytes_on_disk(tmp_path)
    assert before > (tmp_path / "archive.sqlite3").stat().st_size
    shutil.copyfile(tmp_path / "CURRENT", tmp_path / "generations" / "x")
    assert generations.bytes_on_disk(tmp_path) == before + 7


def _flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def test_a_link_in_the_place_of_current_is_not_followed_and_the_next_run_puts_a_file_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    index(home, ARTICLES)
    (tmp_path / "outside").write_text("000001\n")
    (home / "CURRENT").unlink()
    (home / "CURRENT").symlink_to(tmp_path / "outside")
    assert generations.current_generation(home) is None
    assert "CURRENT can't be read" in open_live(home).warnings[0]
    index(home, ARTICLES)
    assert not (home / "CURRENT").is_symlink()
    assert open_live(home).warnings == ()


def test_a_link_in_a_generations_place_is_damage(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    index(tmp_path, [*ARTICLES, article("c")])
    live, before = (tmp_path / "generations" / name for name in ("000002", "000001"))
    for name in ("dense.faiss", "lexical", "manifest.json"):
        (live / name).rename(tmp_path / name)
        (live / name).symlink_to(tmp_path / name)
        opened = open_live(tmp_path)
        assert opened.generation.number == 1
        assert f"{name} is" in opened.warnings[0]
        (live / name).unlink()
        (tmp_path / name).rename(live / name)
    live.rename(tmp_path / "moved")
    live.symlink_to(before)
    assert "000002 is a link" in open_live(tmp_path).warnings[0]


def test_a_generation_in_anothers_folder_is_damage(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    index(tmp_path, ARTICLES, fingerprint="other")
    index(tmp_path, ARTICLES)
    shutil.rmtree(tmp_path / "generations" / "000003")
    shutil.copytree(tmp_path / "generations" / "000002", tmp_path / "generations" / "000003")
    with pytest.raises(IndexDamaged, match=r"manifest\.json is of generation 2"):
        read_generation(tmp_path, 3)


def test_a_manifest_whose_format_was_damaged_is_damage_not_another_version(tmp_path: Path) -> None:
    index(tmp_path, ARTICLES)
    path = tmp_path / "generations" / "000001" / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 3'))
    with pytest.raises(IndexDamaged, match=r"manifest\.json was changed"):
        read_generation(tmp_path, 1)
    path.write_text("[" * 100_000)
    with pytest.raises(IndexDamaged, match=r"manifest\.json can't be read"):
        read_generation(tmp_path, 1)


def test_a_new_home_is_on_the_disk_with_all_that_leads_to_it(tmp_path: Path, flushes: list[str]) -> None:
    index(tmp_path / "deep" / "home", ARTICLES)
    named = flushes.index(f"rename {tmp_path / 'deep' / 'home' / 'CURRENT'}")
    assert {f"flush {tmp_path}", f"flush {tmp_path / 'deep'}"} <= set(flushes[:named])


def test_files_that_can_not_be_opened_now_are_not_taken_for_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path, ARTICLES)
    index(tmp_path, ARTICLES[1:])

    def refuse(path: Path) -> str:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))

    monkeypatch.setattr(generations, "_sha256", refuse)
    with pytest.raises(OutOfResources, match=r"too many files are open: allow more"):
        open_live(tmp_path)
    with pytest.raises(OutOfResources):
        index(tmp_path, ARTICLES)
    monkeypatch.undo()
    assert open_live(tmp_path).generation.number == 2
    assert generations.numbers_on_disk(tmp_path) == [2, 1]


def test_a_generation_that_is_live_stands_though_tidying_up_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(home: Path, live: int) -> list[int]:
        raise OutOfResources(f"{home} {live}: too many files are open")

    monkeypatch.setattr(folders, "keep_latest", refuse)
    assert index(tmp_path, ARTICLES).generation == 1
