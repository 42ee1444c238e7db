"""Every file of every model that comes with the package is checked before anything reads it."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import index.bootstrap
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import (
    bundled_model,
    examine_with,
    make_embedder,
    make_reader,
    make_scorers,
    make_understanding,
)
from index.care import State
from index.errors import ModelError
from index.settings import ArchiveSettings

SHIPPED = Path(str(files("index") / "models"))
CHECKED = sorted(
    path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*") if path.suffix in {".json", ".onnx", ""}
)


def test_every_shipped_folder_is_vouched_for() -> None:
    for folder in SHIPPED.iterdir():
        # When this fails after a training: python -m training.sums
        assert bundled_model(folder.name) == folder


@pytest.mark.parametrize("file", CHECKED)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_changed_bit_is_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, place: str
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for folder in SHIPPED.iterdir():
        (models / folder.name).mkdir()
        for path in folder.iterdir():
            (models / folder.name / path.name).symlink_to(path)
    content = bytearray((SHIPPED / file).read_bytes())
    content[{"first": 0, "middle": len(content) // 2, "last": len(content) - 1}[place]] ^= 1
    (models / file).unlink()
    (models / file).write_bytes(content)
    monkeypatch.setattr(index.bootstrap, "files", lambda _: tmp_path)
    for engine in ("onnxruntime.InferenceSession", "tokenizers.Tokenizer"):
        monkeypatch.setattr(engine, Engine)
    Engine.given = []
    with pytest.raises(ModelError, match="reinstall the package"):
        load_all()
    assert bytes(content) not in Engine.given


class Engine:
    """A tokenizer or a session that notes what it was given."""

    given: ClassVar[list[bytes]] = []

    def __init__(self, content: bytes, *_: object, **__: object) -> None:
        self.given.append(content)

    @classmethod
    def from_buffer(cls, content: bytes) -> Engine:
        return cls(content)

    def no_padding(self) -> None: ...

    def no_truncation(self) -> None: ...


def load_all() -> None:
    """Loads all that the bundled models consist of."""
    settings = bundled()
    embedder = make_embedder(settings)
    embedder._load_tokenizer(), embedder._load_session()  # type: ignore[attr-defined]
    reader = make_reader(settings, embedder)
    reader._scorer._model.load(), reader._shortlist_scorer._model.load()  # type: ignore[attr-defined]
    make_reader(settings.model_copy(update={"reader": "evidence"}), embedder)
    make_understanding(settings)._tagger._model.load()  # type: ignore[attr-defined]


def test_what_is_not_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED / "evidence", tmp_path / "models" / "evidence")
    (tmp_path / "models" / "evidence" / "more.json").write_text("{}")
    monkeypatch.setattr(index.bootstrap, "files", lambda _: tmp_path)
    with pytest.raises(ModelError, match=r"more\.json is not the one"):
        bundled_model("evidence")


@pytest.fixture
def without_shortlist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package without the model that reads the shortlist; the folder where it belongs."""
    (tmp_path / "models").mkdir()
    for folder in SHIPPED.iterdir():
        if folder.name != "shortlist":
            (tmp_path / "models" / folder.name).symlink_to(folder)
    monkeypatch.setattr(index.bootstrap, "files", lambda _: tmp_path)
    return tmp_path / "models" / "shortlist"


def bundled() -> ArchiveSettings:
    return ArchiveSettings(_env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own


def test_without_the_second_model_there_is_no_reader_and_the_error_says_what_to_do(without_shortlist: Path) -> None:
    with pytest.raises(ModelError, match=r"shortlist can't be checked \(SHA256SUMS\): reinstall the package"):
        make_reader(bundled(), make_embedder(bundled()))
    assert not without_shortlist.exists()


def test_a_lost_file_of_the_second_model_is_told_by_who_loads_it_and_by_doctor(
    tmp_path: Path, without_shortlist: Path
) -> None:
    shutil.copytree(SHIPPED / "shortlist", without_shortlist, ignore=shutil.ignore_patterns("model.onnx"))
    _, scorer = make_scorers(1)
    with pytest.raises(ModelError, match=r"shortlist/model\.onnx can't be read: reinstall the package"):
        scorer.score("who?", [("", "Ada Lund.")])
    settings = bundled().model_copy(update={"data": tmp_path / "data"})
    found = {one.what: one for one in examine_with(settings) if one.what.startswith("model ")}
    assert found["model reader"].state is State.WELL
    assert found["model shortlist"].state is State.BAD
    assert "model.onnx" in found["model shortlist"].detail
    assert found["model shortlist"].cure == "reinstall the package"


def test_the_two_span_models_are_told_apart_by_their_names() -> None:
    first, second = (scorer.id for scorer in make_scorers(1))
    assert first.startswith("dateline-reader@")
    assert second.startswith("dateline-shortlist-reader@")
    assert make_reader(bundled(), make_embedder(bundled())).id == f"{first} + {second}"


def test_the_second_model_reads_the_same_on_one_thread_and_on_two() -> None:
    scorers = [make_scorers(threads)[1] for threads in (1, 2)]
    assert [one._model.load()[1].get_session_options().intra_op_num_threads for one in scorers] == [1, 2]
    passage = ("Bridge closed — Ledger, 14 January 2026", "The bridge closed on Monday. The repair costs millions.")
    [one], [two] = (scorer.score("what does it cost?", [passage]) for scorer in scorers)
    np.testing.assert_allclose(two.start, one.start, atol=1e-3)
    np.testing.assert_allclose(two.end, one.end, atol=1e-3)


def test_a_models_own_marks_typed_in_an_article_are_text() -> None:
    reader = OnnxSpanScorer(bundled_model("reader"))
    text = "The editor typed [SEP] and [CLS] here, then [PAD]."
    [given] = reader.prepare("who typed [SEP]?", [("How [MASK] came in", text)])
    ids = given.ids[0].tolist()
    assert (ids.count(101), ids.count(102), ids.count(103), ids.count(0)) == (1, 2, 0, 0)
    assert ids.index(102) < given.first
    read = "".join(text[a:b] for a, b in given.offsets.tolist())
    assert read == text.replace(" ", "")
