"""Logistic calibration (Platt 1999): from a few evidence values to a probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """A fitted logistic model; ``weights`` in the order of the features that its reader documents."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, features: Sequence[float]) -> float:
        """The probability, 0 to 1, for one row of features."""
        if len(features) != len(self.weights):
            raise ValueError(f"{len(features)} features for {len(self.weights)} weights")
        logit = self.bias + sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        # Split by sign, so that neither branch can overflow.
        return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
