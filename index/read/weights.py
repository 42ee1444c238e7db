"""The fitted weights of the readers, as ``reading.json`` in a model's folder holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.read.calibration import Logistic
from index.read.evidence import CONFIDENCE_FEATURES as EVIDENCE_CONFIDENCE_FEATURES
from index.read.evidence import FEATURES, EvidenceWeights
from index.read.spans import CONFIDENCE_FEATURES, SpanWeights
from index.read.spans import FEATURES as SPAN_FEATURES

WEIGHTS_FILE = "reading.json"


def read_span_weights(folder: Path) -> SpanWeights:
    """The weights of the trained reader.

    Raises:
        ModelError: the file is missing or of another form.
    """
    with _weights_of(folder) as given:
        return SpanWeights(
            weights=_named(given["weights"], SPAN_FEATURES),
            weights_in_talk=_named(given["weights_in_talk"], SPAN_FEATURES),
            max_span_tokens=int(given["max_span_tokens"]),
            calibration=_logistic(given["calibration"], CONFIDENCE_FEATURES),
            calibration_in_talk=_logistic(given["calibration_in_talk"], CONFIDENCE_FEATURES),
            threshold=float(given["threshold"]),
            null_threshold=float(given["null_threshold"]),
        )


def read_evidence_weights(folder: Path) -> EvidenceWeights:
    """The weights of the untrained reader.

    Raises:
        ModelError: the file is missing or of another form.
    """
    with _weights_of(folder) as given:
        return EvidenceWeights(
            weights=_named(given["weights"], FEATURES),
            calibration=_logistic(given["calibration"], EVIDENCE_CONFIDENCE_FEATURES),
            threshold=float(given["threshold"]),
        )


@contextmanager
def _weights_of(folder: Path) -> Iterator[dict[str, Any]]:
    """The file's content; whatever is wrong with it, also as its reader finds out, is one error."""
    path = folder / WEIGHTS_FILE
    try:
        yield json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the reader's weights {path} can't be used: reinstall the package") from error


def _named(given: dict[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(float(given[name]) for name in names)


def _logistic(given: dict[str, float], names: tuple[str, ...]) -> Logistic:
    return Logistic(weights=_named(given, names), bias=float(given["bias"]))
