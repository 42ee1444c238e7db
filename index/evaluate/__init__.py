"""Evaluation: questions with judgements in, measures out."""

from index.evaluate import squad2
from index.evaluate.baselines import RankFusion, SimilarityReader, VectorsAlone, WordsAlone
from index.evaluate.curves import curves, draw
from index.evaluate.paragraphs import Readers, SentenceParagraphs, SpanParagraphs
from index.evaluate.registry import SETS, ArchiveSet, ParagraphSet, evaluate
from index.evaluate.subject import Asks, Json, Searches, SearchesAndAsks, Subject

__all__ = [
    "SETS",
    "ArchiveSet",
    "Asks",
    "Json",
    "ParagraphSet",
    "RankFusion",
    "Readers",
    "Searches",
    "SearchesAndAsks",
    "SentenceParagraphs",
    "SimilarityReader",
    "SpanParagraphs",
    "Subject",
    "VectorsAlone",
    "WordsAlone",
    "curves",
    "draw",
    "evaluate",
    "squad2",
]
