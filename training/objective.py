"""The loss: answer or null in each passage, the right sentence, and one normalisation over a question's passages.

Or, for a reader with a teacher, how far its scores and its states are from the teacher's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.features import PAD
from training.mixture import Group

_NEVER = -1e9
"""The score of a position that is left out; its exponential is zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded tensors, passages by tokens. `may` marks positions that may answer: the null position and the passage.

    `group` numbers the question of each passage, of `questions` in all.
    """

    ids: Tensor
    types: Tensor
    attention: Tensor
    may: Tensor
    gold_starts: Tensor
    gold_ends: Tensor
    in_sentence: Tensor
    group: Tensor
    questions: int

    def to(self, device: torch.device) -> Batch:
        """The same batch with its tensors on `device`."""
        tensors: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "questions"}
        return replace(self, **{name: tensor.to(device, non_blocking=True) for name, tensor in tensors.items()})


def collate(groups: Sequence[Group], *, multiple: int = 8) -> Batch:
    """Pad the groups' features to one length, a multiple of `multiple`."""
    features = [f for g in groups for f in g.features]
    width = -(-max(len(f.ids) for f in features) // multiple) * multiple
    shape = (len(features), width)
    ids = torch.full(shape, PAD, dtype=torch.long)
    types, attention = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    may, starts, ends, inside = (torch.zeros(shape, dtype=torch.bool) for _ in range(4))
    for i, f in enumerate(features):
        length = len(f.ids)
        ids[i, :length] = torch.tensor(f.ids)
        attention[i, :length] = 1
        types[i, f.types_from : length] = 1
        may[i, 0] = True
        may[i, f.first : f.first + len(f.offsets)] = True
        if not f.golds:
            starts[i, 0] = ends[i, 0] = inside[i, 0] = True
        for a, b in f.golds:
            starts[i, a] = ends[i, b] = True
            inside[i, a : b + 1] = True
        for a, b in f.sentence_spans:
            inside[i, a : b + 1] = True
    group = torch.tensor([number for number, g in enumerate(groups) for _ in g.features])
    return Batch(
        ids=ids,
        types=types,
        attention=attention,
        may=may,
        gold_starts=starts,
        gold_ends=ends,
        in_sentence=inside,
        group=group,
        questions=len(groups),
    )


def _mass(logits: Tensor, where: Tensor) -> Tensor:
    """log-sum-exp of `logits` over the positions `where`, by passage."""
    return logits.masked_fill(~where, _NEVER).logsumexp(-1)


def _together(masses: Tensor, group: Tensor, questions: int) -> Tensor:
    """log-sum-exp of the passages' masses, by question."""
    most = masses.new_full((questions,), _NEVER).scatter_reduce(0, group, masses.detach(), "amax")
    return most + masses.new_zeros(questions).index_add(0, group, (masses - most[group]).exp()).log()


def _joint(relative: Tensor, gold: Tensor, batch: Batch) -> Tensor:
    """Negative log-likelihood of the gold positions under one softmax over all passages of a question.

    `relative` are logits minus the passage's null logit, so that every passage has the same zero, and the null of the
    question is counted once. This is the shared normalisation of Clark & Gardner (2018), on log-odds. It is the mean
    over the questions with several passages whose answer survived the window.
    """
    spans = batch.may.clone()
    spans[:, 0] = False
    golds = gold & spans
    passages = torch.bincount(batch.group, minlength=batch.questions)
    answered = torch.bincount(batch.group, weights=golds.any(-1).float(), minlength=batch.questions)
    counted = (passages > 1) & (answered > 0)
    total = _together(_mass(relative, spans), batch.group, batch.questions)
    total = torch.logaddexp(total, torch.zeros_like(total))
    right = _together(_mass(relative, golds), batch.group, batch.questions)
    return torch.where(counted, total - right, 0.0).sum() / counted.sum().clamp(min=1)


def loss_of(
    start: Tensor, end: Tensor, batch: Batch, *, sentence_weight: float = 0.3, joint_weight: float = 0.3
) -> tuple[Tensor, dict[str, Tensor]]:
    """The training loss and its parts, from start and end logits (passages by tokens)."""
    span = sentence = joint = start.new_zeros((), dtype=torch.float32)
    for logits, gold in ((start.float(), batch.gold_starts), (end.float(), batch.gold_ends)):
        norm = _mass(logits, batch.may)
        span = span + 0.5 * (norm - _mass(logits, gold)).mean()
        sentence = sentence + 0.5 * (norm - _mass(logits, batch.in_sentence)).mean()
        joint = joint + 0.5 * _joint(logits - logits[:, :1], gold, batch)
    total = span + sentence_weight * sentence + joint_weight * joint
    return total, {"span": span.detach(), "sentence": sentence.detach(), "joint": joint.detach()}


def distilled(student: Sequence[Tensor], teacher: Sequence[Tensor], may: Tensor, *, temperature: float) -> Tensor:
    """Divergence of the student's positions from the teacher's, the mean over passages and over starts and ends.

    The null position is one of them, so that what the teacher makes of a question without an answer is learnt as well.
    Scores are divided by the temperature, which shows more of the wrong positions, and the divergence is multiplied by
    its square, which keeps the gradient's size (Hinton et al. 2015).
    """
    total = student[0].new_zeros((), dtype=torch.float32)
    for own, other in zip(student, teacher, strict=True):
        given = (own.float() / temperature).masked_fill(~may, _NEVER).log_softmax(-1)
        wanted = (other.float() / temperature).masked_fill(~may, _NEVER).log_softmax(-1)
        total = total + (wanted.exp() * (wanted - given)).sum(-1).mean()
    return total * temperature**2 / 2


def unlike(student: Sequence[Tensor], teacher: Sequence[Tensor], attention: Tensor) -> Tensor:
    """Squared distance of the student's states from the teacher's, each of which is scaled to variance 1 before.

    States are passages by tokens by the teacher's width; padding does not count. A student whose states are all zero
    has 1 (Jiao et al. 2020, *TinyBERT*, who learn states as well as scores).
    """
    real = attention.bool()
    total = student[0].new_zeros((), dtype=torch.float32)
    for own, other in zip(student, teacher, strict=True):
        wanted = functional.layer_norm(other.float(), other.shape[-1:])
        apart = (own.float() - wanted).square().mean(-1)
        total = total + (apart * real).sum() / real.sum()
    return total / len(student)
