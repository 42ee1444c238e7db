"""A small reader with random weights, a few rows, and the real tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForQuestionAnswering, MPNetConfig, MPNetModel

from training.features import load_tokenizer
from training.mixture import Mixture, Quotas
from training.rows import Row
from training.run import embedding_model_folder
from training.spans import Drawing

_TEXTS = (
    ("Harbour", "The harbour opened in 1904. It was built by Ada Lund, an engineer. Ships still call there."),
    ("Harbour", "Fishing boats left the harbour after the storm. The council wants a new breakwater by spring."),
    ("Tower", "The tower is 91 metres high. Visitors climb 400 steps because the lift broke in May."),
    ("Tower", "A bell hangs in the tower. It rings at noon, and the mayor said it would ring for peace."),
)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return load_tokenizer(embedding_model_folder() / "tokenizer.json")


@pytest.fixture
def rows() -> list[Row]:
    def row(number: int, question: str, answer: str, source: str) -> Row:
        title, text = _TEXTS[number]
        at = text.find(answer) if answer else -1
        spans = ((at, at + len(answer)),) if at >= 0 else ()
        return Row(source=source, title=title, question=question, context=text, spans=spans)

    return [
        row(0, "When did the harbour open?", "1904", "squad2"),
        row(0, "Who built the harbour?", "Ada Lund", "tydi"),
        row(1, "What does the council want?", "a new breakwater by spring", "squad2"),
        row(2, "Why do visitors climb the steps?", "the lift broke in May", "squad2"),
        row(2, "How high is the bell?", "", "squad2"),
        row(3, "When does the bell ring?", "at noon", "mlqa"),
        row(3, "Who cast the bell?", "", "squad2"),
    ]


@pytest.fixture
def quotas() -> Quotas:
    return Quotas(small_sets=2, open_squad=2, other_squad=2, unanswerable=3, news=0, paired=0.7)


@pytest.fixture
def mixture(rows: list[Row], tokenizer: Tokenizer, quotas: Quotas) -> Mixture:
    return Mixture(rows, tokenizer, quotas=quotas, seed=5)


@pytest.fixture
def draw(mixture: Mixture) -> Drawing:
    return Drawing(make=lambda: mixture, seed=5, batch=4)


@pytest.fixture
def tiny() -> BertForQuestionAnswering:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=30522, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    model = BertForQuestionAnswering(config)
    with torch.no_grad():
        # As initialised all logits are nearly equal, and a comparison would prove little.
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    return model


@pytest.fixture
def body(tmp_path: Path) -> Path:
    """A small body for a teacher, as sentence-transformers saves it, with a pooler that nothing uses."""
    torch.manual_seed(5)
    sizes = {"hidden_size": 24, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
    model = MPNetModel(MPNetConfig(vocab_size=30527, max_position_embeddings=514, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    folder = tmp_path / "body"
    folder.mkdir()
    model.config.to_json_file(folder / "config.json")
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder
