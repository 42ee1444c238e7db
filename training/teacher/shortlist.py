"""The second reader: the teacher's first layers, trained on lists of sentences, as it finds them.

The teacher is too large to read every passage on a small machine. One passage a question is affordable, of the best
sentences of all; for that its last layers are cut off, and it goes on learning, mostly from lists.
"""

from __future__ import annotations

import copy
from pathlib import Path

from training.export import write_folder
from training.loop import Position
from training.mixture import Quotas
from training.teacher.graph import build_shortlist_reader, shape_of
from training.teacher.model import Teacher

QUOTAS = Quotas(small_sets=280, open_squad=340, other_squad=560, unanswerable=560, news=900, shortlisted=0.6)
"""A block twice as large as the teacher's wastes less on padding."""
LAYERS = 10
"""What came back whole from the GPU; eight do nearly as well (see the model's card)."""


def shortened(teacher: Teacher, layers: int) -> Teacher:
    """The teacher's first layers, with its answer layer.

    Raises:
        ValueError: it has fewer.
    """
    own = len(teacher.layers)
    if not 1 <= layers <= own:
        raise ValueError(f"of {own} layers between 1 and {own} can be kept, not {layers}")
    config = copy.deepcopy(teacher.body.config)
    config.num_hidden_layers = layers
    short = Teacher(config)
    short.load_state_dict({name: value for name, value in teacher.state_dict().items() if name in short.state_dict()})
    return short


def export_shortlist_reader(reader: Teacher, folder: Path, *, tokenizer: Path, at: Position, int8: bool = True) -> None:
    """Write the model's folder, in 8 bits or in fp32."""
    weights = {name: value.float().cpu().numpy() for name, value in reader.state_dict().items()}
    shape = shape_of(weights, epsilon=reader.body.config.layer_norm_eps)
    notes = {"training": {"steps": at.steps, "examples": at.examples, "seconds": round(at.seconds)}}
    origin = {
        "name": "dateline-shortlist-reader",
        "kind": "extractive span reader",
        "base": f"the first {shape.layers} layers of sentence-transformers/all-mpnet-base-v2 (Apache-2.0)",
    }
    model = build_shortlist_reader(weights, shape, int8=int8)
    write_folder(folder, model, tokenizer=tokenizer, notes=notes, origin=origin)
