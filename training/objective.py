"""The loss: answer or null in each passage, the right sentence, and one normalisation over a question's passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training.features import PAD
from training.mixture import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded tensors, passages by tokens. `may` marks positions that may answer: the null position and the passage."""

    ids: Tensor
    types: Tensor
    attention: Tensor
    may: Tensor
    gold_starts: Tensor
    gold_ends: Tensor
    in_sentence: Tensor
    group: Tensor


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
    )


def _mass(logits: Tensor, where: Tensor) -> Tensor:
    """log-sum-exp of `logits` over the positions `where`, by passage."""
    return logits.masked_fill(~where, -1e9).logsumexp(-1)


def _joint(relative: Tensor, gold: Tensor, may: Tensor, group: Tensor, several: Tensor) -> Tensor:
    """Negative log-likelihood of the gold positions under one softmax over all passages of a question.

    `relative` are logits minus the passage's null logit, so that every passage has the same zero, and the null of the
    question is counted once. This is the shared normalisation of Clark & Gardner (2018), on log-odds.
    """
    count = int(group.max()) + 1
    null = torch.zeros(count, dtype=relative.dtype)
    spans = may.clone()
    spans[:, 0] = False
    total, right = [], []
    for g in range(count):
        if not bool(several[g]):
            continue
        rows = group == g
        total.append(torch.cat([null[g : g + 1], relative[rows][spans[rows]]]).logsumexp(0))
        right.append(relative[rows][(gold & spans)[rows]].logsumexp(0))
    if not total:
        return relative.sum() * 0.0
    return (torch.stack(total) - torch.stack(right)).mean()


def loss_of(
    start: Tensor, end: Tensor, batch: Batch, *, sentence_weight: float = 0.3, joint_weight: float = 0.3
) -> tuple[Tensor, dict[str, float]]:
    """The training loss and its parts, from start and end logits (passages by tokens)."""
    parts: dict[str, float] = {}
    total = torch.zeros(())
    several = torch.bincount(batch.group) > 1
    answered = batch.gold_starts[:, 1:].any(-1)
    # A question's pair takes part in the joint loss only while its answer survived the window.
    for g in several.nonzero().flatten().tolist():
        if not bool(answered[batch.group == g].any()):
            several[g] = False
    span = sentence = joint = torch.zeros(())
    for logits, gold in ((start.float(), batch.gold_starts), (end.float(), batch.gold_ends)):
        norm = _mass(logits, batch.may)
        span = span + 0.5 * (norm - _mass(logits, gold)).mean()
        sentence = sentence + 0.5 * (norm - _mass(logits, batch.in_sentence)).mean()
        relative = logits - logits[:, :1]
        joint = joint + 0.5 * _joint(relative, gold, batch.may, batch.group, several)
    total = span + sentence_weight * sentence + joint_weight * joint
    parts["span"], parts["sentence"], parts["joint"] = (float(p.detach()) for p in (span, sentence, joint))
    return total, parts
