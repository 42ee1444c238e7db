"""The fast attention gives the values and gradients of torch's own."""

from __future__ import annotations

import copy

import pytest
import torch
from transformers import BertForQuestionAnswering

from training.attention import register
from training.loop import freeze


def test_values_and_gradients_agree_with_sdpa(tiny: BertForQuestionAnswering) -> None:
    freeze(tiny, tiny.bert)
    other = copy.deepcopy(tiny)
    other.set_attn_implementation(register())
    ids = torch.randint(1000, 2000, (3, 17))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    for model in (tiny, other):
        model.train()
        out = model(input_ids=ids, attention_mask=mask)
        ((out.start_logits + 0.5 * out.end_logits) * mask).square().sum().backward()
    for (name, one), (_, two) in zip(tiny.named_parameters(), other.named_parameters(), strict=True):
        if one.grad is not None:
            assert two.grad is not None
            scale = float(one.grad.abs().max()) + 1e-3
            assert float((one.grad - two.grad).abs().max()) / scale == pytest.approx(0.0, abs=1e-3), name
