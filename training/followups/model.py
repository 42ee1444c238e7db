"""The tagger: a BERT body with four small heads, which may be put on several of its layers at once.

Every token of the history points at one token of the question: at [CLS] when the question does not need it, else at the
word that it goes before or replaces. Every token of the question says whether it is replaced. The [CLS] says whether
the question leans on its history, and whether it goes on with its topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import BertModel

from training.features import PAD
from training.followups.examples import ELSEWHERE, Example

POINTER = 96
_FAR = -1e4
_POSITIVE_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """``slots`` (examples, tokens, tokens): token i belongs at j; ``drops`` (examples, tokens); ``turn`` (…, 2)."""

    slots: Tensor
    drops: Tensor
    turn: Tensor


class Heads(nn.Module):
    """What is read off one layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.source = nn.Linear(width, POINTER)
        self.target = nn.Linear(width, POINTER)
        self.token = nn.Linear(width, 2)
        self.turn = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Scores:
        """The scores that one layer's states give; ``x`` is (examples, tokens, width)."""
        token = self.token(x)
        pointed = self.source(x) @ self.target(x).transpose(1, 2) / POINTER**0.5
        # How much a token belongs at all is weighed against [CLS], which stands for "not needed".
        weight = torch.zeros_like(pointed)
        weight[:, :, 0] = token[:, :, 0]
        return Scores(slots=(pointed - weight).float(), drops=token[:, :, 1].float(), turn=self.turn(x[:, 0]).float())


class Tagger(nn.Module):
    """The body, and heads after each of ``exits`` layers (counted from 1); the last exit is the model."""

    def __init__(self, bert: BertModel, *, exits: Sequence[int]) -> None:
        super().__init__()
        self.bert = bert
        self.exits = tuple(exits)
        self.heads = nn.ModuleList(Heads(bert.config.hidden_size) for _ in self.exits)

    def forward(self, ids: Tensor, types: Tensor, attention: Tensor) -> list[Scores]:
        """The scores after each exit; all inputs are (examples, tokens)."""
        states = self.bert(
            input_ids=ids, token_type_ids=types, attention_mask=attention, output_hidden_states=True
        ).hidden_states
        return [heads(states[layer]) for layer, heads in zip(self.exits, self.heads, strict=True)]


def new_tagger(body: Path, *, attention: str, exits: Sequence[int]) -> Tagger:
    """The embedding model's body under new heads."""
    bert = BertModel.from_pretrained(
        body,
        dtype=torch.float32,
        attn_implementation=attention,
        add_pooling_layer=False,
        num_hidden_layers=max(exits),
    )
    return Tagger(bert, exits=exits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded tensors, examples by tokens; targets as in :class:`Example`."""

    ids: Tensor
    types: Tensor
    attention: Tensor
    asked: Tensor
    slots: Tensor
    drops: Tensor
    turn: Tensor


def collate(examples: Sequence[Example], *, multiple: int = 8) -> Batch:
    """Pad to one length, a multiple of ``multiple``."""
    width = -(-max(len(e.ids) for e in examples) // multiple) * multiple
    shape = (len(examples), width)
    ids = torch.full(shape, PAD, dtype=torch.long)
    types, attention = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    asked = torch.zeros(shape, dtype=torch.bool)
    slots, drops = torch.full(shape, ELSEWHERE), torch.full(shape, ELSEWHERE)
    for i, e in enumerate(examples):
        length = len(e.ids)
        ids[i, :length], types[i, :length] = torch.tensor(e.ids), torch.tensor(e.types)
        attention[i, :length] = 1
        asked[i, : e.last + 1] = True
        slots[i, :length], drops[i, :length] = torch.tensor(e.slots), torch.tensor(e.drops)
    turn = torch.tensor([[float(e.leans), float(e.same)] for e in examples])
    return Batch(ids=ids, types=types, attention=attention, asked=asked, slots=slots, drops=drops, turn=turn)


def loss_of(scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """The loss of one exit and its parts."""
    told = batch.slots != ELSEWHERE
    pointed = scores.slots.masked_fill(~batch.asked[:, None, :], _FAR)[told]
    targets = batch.slots[told]
    zero = scores.slots.sum() * 0.0
    slot = zero
    if len(targets):
        each = cross_entropy(pointed, targets, reduction="none")
        weight = 1.0 + (_POSITIVE_WEIGHT - 1.0) * (targets > 0)
        slot = (each * weight).sum() / weight.sum()
    dropped = batch.drops != ELSEWHERE
    drop = binary_cross_entropy_with_logits(scores.drops[dropped], batch.drops[dropped].float())
    turn = binary_cross_entropy_with_logits(scores.turn, batch.turn)
    parts = {"slot": float(slot.detach()), "drop": float(drop.detach()), "turn": float(turn.detach())}
    return 4.0 * slot + 2.0 * drop + turn, parts
