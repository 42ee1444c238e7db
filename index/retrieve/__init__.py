"""Retrieval: a question in, the passages that bear on it out, best first."""

from index.retrieve.fusion import Candidate, Fused, FusionSettings, fuse, meaning_weight, with_kept
from index.retrieve.mentions import MentionedSources, OutletNames, dates_in
from index.retrieve.questions import clauses, content_words
from index.retrieve.retriever import PassageSource, Retriever, Retrieves, Sources

__all__ = [
    "Candidate",
    "Fused",
    "FusionSettings",
    "MentionedSources",
    "OutletNames",
    "PassageSource",
    "Retriever",
    "Retrieves",
    "Sources",
    "clauses",
    "content_words",
    "dates_in",
    "fuse",
    "meaning_weight",
    "with_kept",
]
