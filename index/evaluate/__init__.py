"""Evaluation: questions with judgements in, measures out."""

from index.evaluate.baselines import RankFusion, SimilarityReader, VectorsAlone, WordsAlone
from index.evaluate.registry import SETS, EvaluationSet, PoolSet, TurnSet, evaluate
from index.evaluate.subject import Asks, ConversesAndSearches, Json, Searches, SearchesAndAsks, Subject

__all__ = [
    "SETS",
    "Asks",
    "ConversesAndSearches",
    "EvaluationSet",
    "Json",
    "PoolSet",
    "RankFusion",
    "Searches",
    "SearchesAndAsks",
    "SimilarityReader",
    "Subject",
    "TurnSet",
    "VectorsAlone",
    "WordsAlone",
    "evaluate",
]
