"""Every file of every model that comes with the package is checked before anything reads it."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import pytest

import index.bootstrap
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import bundled_model, make_embedder, make_reader, make_understanding
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
    settings = ArchiveSettings(_env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own
    embedder = make_embedder(settings)
    embedder._load_tokenizer(), embedder._load_session()  # type: ignore[attr-defined]
    make_reader(settings, embedder)._scorer._model.load()  # type: ignore[attr-defined]
    make_reader(settings.model_copy(update={"reader": "evidence"}), embedder)
    make_understanding(settings)._tagger._model.load()  # type: ignore[attr-defined]


def test_what_is_not_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED / "evidence", tmp_path / "models" / "evidence")
    (tmp_path / "models" / "evidence" / "more.json").write_text("{}")
    monkeypatch.setattr(index.bootstrap, "files", lambda _: tmp_path)
    with pytest.raises(ModelError, match=r"more\.json is not the one"):
        bundled_model("evidence")


def test_a_models_own_marks_typed_in_an_article_are_text() -> None:
    reader = OnnxSpanScorer(bundled_model("reader"))
    text = "The editor typed [SEP] and [CLS] here, then [PAD]."
    [given] = reader.prepare("who typed [SEP]?", [("How [MASK] came in", text)])
    ids = given.ids[0].tolist()
    assert (ids.count(101), ids.count(102), ids.count(103), ids.count(0)) == (1, 2, 0, 0)
    assert ids.index(102) < given.first
    read = "".join(text[a:b] for a, b in given.offsets.tolist())
    assert read == text.replace(" ", "")
