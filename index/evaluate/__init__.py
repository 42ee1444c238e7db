"""Evaluation: questions with judgements in, measures out."""

from index.evaluate import squad2
from index.evaluate.baselines import RankFusion, SimilarityReader, VectorsAlone, WordsAlone
from index.evaluate.curves import curves, draw
from index.evaluate.paragraphs import Readers, SentenceParagraphs, SpanParagraphs
from index.evaluate.registry import SETS, ArchiveSet, Opens, ParagraphSet, PoolSet, TurnSet, evaluate
from index.evaluate.subject import Asks, ConversesAndSearches, Json, Searches, SearchesAndAsks, Subject

__all__ = [
    "SETS",
    "ArchiveSet",
    "Asks",
    "ConversesAndSearches",
    "Json",
    "Opens",
    "ParagraphSet",
    "PoolSet",
    "RankFusion",
    "Readers",
    "Searches",
    "SearchesAndAsks",
    "SentenceParagraphs",
    "SimilarityReader",
    "SpanParagraphs",
    "Subject",
    "TurnSet",
    "VectorsAlone",
    "WordsAlone",
    "curves",
    "draw",
    "evaluate",
    "squad2",
]
