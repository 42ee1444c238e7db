"""The mean of a run's weights and of those that it started from.

What a run learns of its own data it pays for a little elsewhere; half way between, most of the gain is kept and most of
the loss is not (Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*). The two lie close enough for it, since
the one was trained from the other.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from training.loop import CHECKPOINT


def average(run: Path, start: Path, folder: Path, *, share: float) -> None:
    """Writes a checkpoint into ``folder`` with ``share`` of a run's weights and the rest of its start's.

    Args:
        run: the folder of the run's checkpoint.
        start: the weights that it started from, from `training.export.keep_weights`; what they lack was frozen.
        folder: where the averaged checkpoint goes; its position is the run's.
        share: 0 to 1.

    Raises:
        ValueError: the share is out of its bounds, or the start's weights are of another model.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is between 0 and 1, not {share}")
    state = torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)
    trained, kept = state["model"], load_file(start)
    if strange := sorted(name for name in kept if name not in trained or kept[name].shape != trained[name].shape):
        raise ValueError(f"{start} is of another model than {run}: {strange[0]} is not in both")
    for name, weight in kept.items():
        trained[name] = share * trained[name].float() + (1 - share) * weight.float()
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{CHECKPOINT}.part"
    torch.save({"model": trained, "position": state["position"]}, beside)
    beside.replace(folder / CHECKPOINT)
