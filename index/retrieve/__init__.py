"""Retrieval: a question in, the passages that bear on it out, best first."""

from index.retrieve.fusion import Candidate, Fused, FusionSettings, averaged, fuse, lifted, meaning_weight, with_kept
from index.retrieve.mentions import MentionedSources, OutletNames, dates_in
from index.retrieve.questions import clauses, content_words
from index.retrieve.retriever import PassageSource, Retriever, Retrieves, Sources
from index.retrieve.spelling import ArchiveVocabulary, SpellingSettings, Vocabulary, respelled

__all__ = [
    "ArchiveVocabulary",
    "Candidate",
    "Fused",
    "FusionSettings",
    "MentionedSources",
    "OutletNames",
    "PassageSource",
    "Retriever",
    "Retrieves",
    "Sources",
    "SpellingSettings",
    "Vocabulary",
    "averaged",
    "clauses",
    "content_words",
    "dates_in",
    "fuse",
    "lifted",
    "meaning_weight",
    "respelled",
    "with_kept",
]
