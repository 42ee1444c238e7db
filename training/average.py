"""The mean of the weights of runs that go back to the same weights, and of those.

What a run learns of its own data it pays for a little elsewhere; half way between, most of the gain is kept and most of
the loss is not (Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*). Runs beside each other, with other
draws, err differently, and their mean errs less (*Model soups*, the same year). All lie close enough for it, since they
were trained from the same weights, at once or by way of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from training.export import layers_in
from training.loop import CHECKPOINT, write_checkpoint


def average(runs: Sequence[Path], start: Path, folder: Path, *, share: float) -> None:
    """Writes a checkpoint into ``folder`` with ``share`` of the runs' mean weights and the rest of earlier ones.

    Args:
        runs: the folders of the runs' checkpoints.
        start: the weights that they go back to, from `training.export.keep_weights`; what they lack was frozen.
        folder: where the averaged checkpoint goes; its position is the first run's.
        share: 0 to 1.

    Raises:
        ValueError: the share is out of its bounds, or the weights are of different models.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is between 0 and 1, not {share}")
    states = [torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True) for run in runs]
    trained, kept = [state["model"] for state in states], load_file(start)
    mean = dict(trained[0])
    for run, other in zip(runs, trained, strict=True):
        if layers_in(kept) != layers_in(other):
            raise ValueError(f"{start} has {layers_in(kept)} layers and {run} has {layers_in(other)}")
        if strange := sorted(name for name in kept if name not in other or kept[name].shape != other[name].shape):
            raise ValueError(f"{start} is of another model than {run}: {strange[0]} is not in both")
    for name, weight in kept.items():
        own = torch.stack([other[name].float() for other in trained]).mean(0)
        mean[name] = share * own + (1 - share) * weight.float()
    write_checkpoint(folder, {"model": mean, "position": states[0]["position"]})
