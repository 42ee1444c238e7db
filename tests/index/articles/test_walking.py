"""Files and folders: a fixed order, links, odd files, and whatever can't be opened."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.articles.reading_fakes import read, reason, written

STORY = "Title\nThe text."


def names(folder: Path) -> list[str]:
    return [article.origin.path.removeprefix(f"{folder.as_posix()}/") for article in read(folder)[0]]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("c.txt", "a.TXT", "b/z.txt", "b/a.txt", "a/d/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        written(tmp_path / name, STORY)
    assert names(tmp_path) == ["a.TXT", "c.txt", "a/d/x.txt", "b/a.txt", "b/z.txt"]


def test_paths_stay_as_the_caller_gave_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "news").mkdir()
    written(tmp_path / "news/a.txt", STORY)
    monkeypatch.chdir(tmp_path)
    assert read(Path("news"))[0][0].id == "news/a.txt"
    assert read(Path("./news/"))[0][0].id == "news/a.txt"
    assert read(tmp_path / "news")[0][0].id == f"{tmp_path.as_posix()}/news/a.txt"


def test_a_file_reached_by_two_paths_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", STORY)
    assert len(read(path, tmp_path, path)[0]) == 1


def test_what_is_no_article_is_listed_and_bystanders_are_not(tmp_path: Path) -> None:
    for name in (
        ".hidden.txt",
        "README.md",
        "LICENSE",
        "Thumbs.db",
        "photo.jpg",
        "paper.pdf",
        "notes",
        "a.gz",
        "old.txt~",
    ):
        written(tmp_path / name, STORY)
    (tmp_path / ".git").mkdir()
    written(tmp_path / ".git/a.txt", STORY)
    articles, skipped = read(tmp_path)
    assert not articles
    assert [Path(piece.path).name for piece in skipped] == ["a.gz", "notes", "old.txt~", "paper.pdf", "photo.jpg"]
    assert all(piece.reason.startswith("not an article format") for piece in skipped)


def test_a_file_that_the_caller_names_is_read_whatever_its_name(tmp_path: Path) -> None:
    assert len(read(written(tmp_path / "README.txt", STORY))[0]) == 1


def test_a_path_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert reason(tmp_path / "none") == "there is no such file or folder"


def test_links_are_accounted_for_and_never_lead_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "deep").mkdir(parents=True)
    outside.mkdir()
    written(inside / "a.txt", STORY)
    secret = written(outside / "secret.txt", STORY)
    targets: dict[str, str | Path] = {
        "deep/loop": inside,
        "deep/self.txt": "self.txt",
        "folder": outside,
        "file.txt": secret,
        "gone.txt": "nowhere.txt",
        "twin.txt": inside / "a.txt",
        "twin": inside / "deep",
    }
    for name, target in targets.items():
        (inside / name).symlink_to(target)
    articles, skipped = read(inside)
    assert [article.origin.path for article in articles] == [f"{inside.as_posix()}/a.txt"]
    reasons = {piece.path.removeprefix(f"{inside.as_posix()}/"): piece.reason for piece in skipped}
    assert reasons["deep/loop"] == "a link that leads back to a folder around it"
    assert "can't be read" in reasons["deep/self.txt"]
    assert reasons["folder"].startswith("a link that leaves the given folder")
    assert reasons["file.txt"].startswith("a link that leaves the given folder")
    assert reasons["gone.txt"] == "a link to a file that is not there"
    assert reasons["twin.txt"].endswith("which is read at its own place")
    assert reasons["twin"].endswith("which is read at its own place")
    assert len(reasons) == 7


def test_a_link_into_a_hidden_folder_of_the_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "a.txt").symlink_to(written(tmp_path / "..2026/a.txt", STORY))
    assert names(tmp_path) == ["a.txt"]


def test_a_link_that_the_caller_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    written(tmp_path / "real/a.txt", STORY)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["a.txt"]


def test_a_pipe_does_not_keep_the_run_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert reason(tmp_path / "a.txt").startswith("not a regular file")
    _, skipped = read(tmp_path)
    assert skipped[0].reason.startswith("not a regular file")


def test_names_that_are_no_text_become_escapes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.txt")).write_text(STORY)
    assert names(tmp_path) == ["caf\\xe9\\n.txt"]


def test_a_path_with_a_nul_is_reported() -> None:
    _, skipped = read(Path("a\x00.txt"))
    assert skipped[0].path == "a\\x00.txt"


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder seen by a user whom permissions bind."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in folder.iterdir():
            path.chmod(0o700)
        shutil.rmtree(folder)


def test_what_may_not_be_opened_is_skipped_and_the_rest_read(unprivileged: Path) -> None:
    user = os.geteuid()
    os.seteuid(os.getuid())
    written(unprivileged / "a.txt", STORY).chmod(0)
    (unprivileged / "b").mkdir(mode=0)
    written(unprivileged / "c.txt", STORY).chmod(0o644)
    os.seteuid(user)
    articles, skipped = read(unprivileged)
    assert [Path(article.origin.path).name for article in articles] == ["c.txt"]
    assert {(Path(piece.path).name, piece.reason) for piece in skipped} == {
        ("a.txt", "it can't be read: permission denied"),
        ("b", "it can't be read: permission denied"),
    }
