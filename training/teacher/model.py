"""Spans on the body of all-mpnet-base-v2: twelve layers of twice the small reader's width.

It reads the same features as the small one. Its word pieces are BERT's, four places further on, with special tokens of
its own, so that each position means the same in both; it has no token types.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import MPNetConfig, MPNetModel
from transformers.models.mpnet.modeling_mpnet import MPNetLayer, MPNetSelfAttention

from training.attention import attend
from training.features import CLS, PAD, SEP
from training.loop import CHECKPOINT

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_FAR = -1e4
_FURTHER = 4
_SPECIAL = {CLS: 0, PAD: 1, SEP: 2}
FIRST_PLACE = _SPECIAL[PAD] + 1
"""The position of a passage's first token: the body counts from the id of its padding."""


class _Looking(nn.Module):
    """MPNet's self-attention with the fast backward pass, which leaves its relative positions as they are."""

    def __init__(self, plain: MPNetSelfAttention) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = plain.q, plain.k, plain.v, plain.o
        self.width: int = plain.attention_head_size

    def forward(
        self, hidden_states: Tensor, _mask: None = None, position_bias: Tensor | None = None, **_: object
    ) -> tuple[Tensor]:
        """Called as the layer that it stands for; the bias holds the mask as well."""
        shape = (*hidden_states.shape[:-1], -1, self.width)
        q, k, v = (part(hidden_states).view(shape).transpose(1, 2) for part in (self.q, self.k, self.v))
        looked, _weights = attend(self, q, k, v, position_bias)
        return (self.o(looked.flatten(2)),)


class Told(NamedTuple):
    """What a reader makes of passages: scores (passages, tokens), states half way and at the end (…, width)."""

    start: Tensor
    end: Tensor
    states: tuple[Tensor, Tensor]


def pieces(vocabulary: int) -> Tensor:
    """For each id of the small reader's vocabulary its id in the body's, which has `vocabulary` words."""
    known = (torch.arange(vocabulary) + _FURTHER).clamp(max=vocabulary - 1)
    for ours, theirs in _SPECIAL.items():
        known[ours] = theirs
    return known


class Teacher(nn.Module):
    """The larger reader: ids of the small one's vocabulary in, scores and states out."""

    def __init__(self, config: MPNetConfig) -> None:
        super().__init__()
        self.body = MPNetModel(config, add_pooling_layer=False)
        self.layers = [cast("MPNetLayer", layer) for layer in self.body.encoder.layer]
        for layer in self.layers:
            layer.attention.attn = _Looking(layer.attention.attn)  # type: ignore[assignment]
        self.answer = nn.Linear(config.hidden_size, 2)
        self.pieces: Tensor
        self.register_buffer("pieces", pieces(config.vocab_size), persistent=False)

    def forward(self, ids: Tensor, attention: Tensor) -> Told:
        """Of passages of the shape (passages, tokens) that ids and attention mask have."""
        x = self.body.embeddings(input_ids=self.pieces[ids])
        near = self.body.encoder.compute_position_bias(x[:1]).detach()  # type: ignore[no-untyped-call]
        bias = near + (1.0 - attention[:, None, None, :].to(near.dtype)) * _FAR
        if torch.is_autocast_enabled(ids.device.type):
            bias = bias.to(torch.get_autocast_dtype(ids.device.type))
        half = len(self.layers) // 2
        states = []
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x, None, bias)[0]
            if number in {half, len(self.layers)}:
                states.append(x)
        start, end = self.answer(x).float().unbind(-1)
        return Told(start, end, (states[0], states[-1]))


def untrained(body: Path) -> Teacher:
    """A teacher on the body in a folder that sentence-transformers saved, with an answer layer of chance.

    Raises:
        ValueError: the folder has other weights than those of such a body.
    """
    config = MPNetConfig(**json.loads((body / CONFIG).read_text(encoding="utf-8")))
    teacher = Teacher(config)
    held = {name: value for name, value in load_file(body / WEIGHTS).items() if not name.startswith("pooler.")}
    missing, strange = teacher.body.load_state_dict(held, strict=False)
    # Older files have the numbers of the places as well, which a model counts by itself.
    if wrong := [*missing, *(name for name in strange if not name.endswith("position_ids"))]:
        raise ValueError(f"{body} holds no body of all-mpnet-base-v2: {wrong[0]} is missing or strange")
    return teacher


def trained_teacher(folder: Path) -> Teacher:
    """The teacher of a run's folder, to learn from.

    Raises:
        FileNotFoundError: no run of a teacher is there.
    """
    for name in (CONFIG, CHECKPOINT):
        if not (folder / name).exists():
            raise FileNotFoundError(f"{folder} holds no teacher, {name} is missing: python -m training.teacher train")
    teacher = Teacher(MPNetConfig(**json.loads((folder / CONFIG).read_text(encoding="utf-8"))))
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True, mmap=True)
    teacher.load_state_dict(state["model"])
    return teacher.eval().requires_grad_(requires_grad=False)


def freeze(teacher: Teacher, *, dropout: float) -> None:
    """Keep the embeddings and the relative positions; train with that much dropout outside the attention."""
    teacher.body.embeddings.requires_grad_(requires_grad=False)
    teacher.body.encoder.relative_attention_bias.requires_grad_(requires_grad=False)
    for module in teacher.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
