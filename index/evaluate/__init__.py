"""Evaluation: questions with judgements in, measures out."""

from index.evaluate.baselines import RankFusion, SimilarityReader, VectorsAlone, WordsAlone
from index.evaluate.registry import SETS, EvaluationSet, evaluate
from index.evaluate.subject import Asks, Json, Searches, SearchesAndAsks, Subject

__all__ = [
    "SETS",
    "Asks",
    "EvaluationSet",
    "Json",
    "RankFusion",
    "Searches",
    "SearchesAndAsks",
    "SimilarityReader",
    "Subject",
    "VectorsAlone",
    "WordsAlone",
    "evaluate",
]
