"""Attention whose backward pass is plain matrix products: on a CPU two and a half times as fast as the fused one.

The forward pass is torch's own flash attention, which hands out the log-sum-exp of each row; with it the backward pass
needs one exponential and five batched products (Dao et al. 2022, appendix B), in bf16 when the inputs are. On a GPU it
is torch's own.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

NAME = "products"
_FAR = -1e4


class _Attention(torch.autograd.Function):
    """Queries, keys and values of shape (passages, heads, tokens, width); `bias` is added to the scores, or None."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:  # noqa: ANN401 - torch's own signature
        q, k, v, bias, scale = given
        # No public name gives both the values and the log-sum-exp.
        flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # noqa: SLF001
        out, log_sum = flash(q, k, v, 0.0, False, attn_mask=bias, scale=scale)
        ctx.save_for_backward(q, k, v, out, log_sum, bias)
        ctx.scale = scale
        return cast("Tensor", out)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        q, k, v, out, log_sum, bias = ctx.saved_tensors
        passages, heads, tokens, width = q.shape

        def flat(x: Tensor) -> Tensor:
            return x.reshape(passages * heads, tokens, width)

        def deep(x: Tensor) -> Tensor:
            return x.view(passages, heads, tokens, width)

        queries, keys, values, grad = flat(q) * ctx.scale, flat(k), flat(v), flat(grads[0])
        shares = torch.bmm(queries, keys.transpose(1, 2)).view(passages, heads, tokens, tokens)
        if bias is not None:
            shares = shares.add_(bias)
        shares = shares.sub_(log_sum.to(shares.dtype).unsqueeze(-1)).exp_().view(-1, tokens, tokens)
        grad_values = torch.bmm(shares.transpose(1, 2), grad)
        row = (grads[0].float() * out.float()).sum(-1, keepdim=True).to(shares.dtype).view(-1, tokens, 1)
        scores = torch.bmm(grad, values.transpose(1, 2)).sub_(row).mul_(shares)
        grad_queries = torch.bmm(scores, keys).mul_(ctx.scale)
        grad_keys = torch.bmm(scores.transpose(1, 2), queries)
        return deep(grad_queries), deep(grad_keys), deep(grad_values), None, None


def attend(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,  # noqa: ANN401
) -> tuple[Tensor, None]:
    """The form in which transformers calls an attention: returns (passages, tokens, heads, width) and no weights."""
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    bias = attention_mask
    if query.device.type != "cpu":
        plain = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=scale)
        return plain.transpose(1, 2).contiguous(), None
    if bias is not None and bias.dtype == torch.bool:
        # Only padding is masked, the same for every query: one row serves all.
        row = torch.zeros_like(bias[:, :, :1], dtype=query.dtype).masked_fill_(~bias[:, :, :1], _FAR)
        bias = row.expand(-1, -1, query.shape[2], -1)
    out = cast("Tensor", _Attention.apply(query, key, value, bias, scale))  # type: ignore[no-untyped-call]
    return out.transpose(1, 2).contiguous(), None


def register() -> str:
    """Make the attention known to transformers; returns the name to ask for."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME
