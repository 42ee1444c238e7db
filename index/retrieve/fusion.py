"""From the evidence for each candidate to one score: normalised within the question, summed by weight. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionSettings:
    """The constants of retrieval.

    The weights were chosen on development data, the answerable queries of MultiHop-RAG and the questions of newsconv
    together: fitted on half of each over a grid and measured on the other half, both ways round. The optimum is flat:
    a neighbour on the grid differs by less than .01 in MRR@10 and Hits@10, and halves do not agree closer than that.
    """

    depth: int = 100
    """Candidates taken from each engine for the whole question."""
    clause_depth: int = 20
    """Candidates taken from the lexical index for each clause, each named outlet and each named day."""
    clauses: int = 6
    """Most clauses of a question that are looked up by themselves; bounds the time for a pasted text."""
    clause_share: float = 0.6
    """How much of the lexical evidence is the best clause's, where there are clauses; the rest is the question's."""
    meaning_per_word: float = 7.0
    """The weight of the cosine, beside lexical evidence of weight 1, is this over the number of content words …"""
    meaning_least: float = 0.1
    """… but not less than this …"""
    meaning_most: float = 1.5
    """… and not more than this."""
    outlet_bonus: float = 0.5
    """What it counts for a passage that the question names its outlet; lexical evidence counts up to 1."""
    day_bonus: float = 0.4
    """What it counts for a passage that the question names the day of its publication."""
    kept_lift: float = 0.7
    """Of what a passage's score lacks to 1, the part that it is given for being of an article that the conversation is
    about. The other passages keep the score that they have without a conversation."""
    kept_share: float = 0.5
    """Of the passages that are read, the share set aside for those that the conversation is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The evidence for one passage. ``dense`` is a cosine; ``lexical`` and ``clause`` are raw BM25 scores.

    ``clause`` is the score of the clause that matches best.
    """

    passage_id: int
    dense: float
    lexical: float
    clause: float
    outlet_named: bool = False
    day_named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """A retrieved passage. ``score`` is in 0 to 1; ``dense`` is the cosine, ``lexical`` the raw BM25 score.

    A score of 1 says that no candidate had more of any evidence, not that the passage is relevant: scores order the
    passages of one question and are not compared between questions.
    """

    passage_id: int
    score: float
    dense: float
    lexical: float


def meaning_weight(content_words: int, settings: FusionSettings) -> float:
    """The weight of the cosine for a question of so many content words.

    People's questions are short and put in their own words; long ones name what they are about, and then words tell
    more than one vector for all of it.
    """
    weight = settings.meaning_per_word / max(1, content_words)
    return min(max(weight, settings.meaning_least), settings.meaning_most)


def fuse(candidates: Sequence[Candidate], *, content_words: int, settings: FusionSettings) -> list[Fused]:
    """All candidates, best first; equal scores in order of passage id.

    Each engine's scores are divided by the best among the candidates, so that 0 keeps meaning no evidence; then
    they are summed by weight, a convex sum after Bruch, Gai and Ingber (2023).
    """
    best_dense = max((candidate.dense for candidate in candidates), default=0.0)
    best_lexical = max((candidate.lexical for candidate in candidates), default=0.0)
    best_clause = max((candidate.clause for candidate in candidates), default=0.0)
    clause_share = settings.clause_share if best_clause > 0 else 0.0
    meaning = meaning_weight(content_words, settings)
    outlet = settings.outlet_bonus if any(candidate.outlet_named for candidate in candidates) else 0.0
    day = settings.day_bonus if any(candidate.day_named for candidate in candidates) else 0.0
    whole = 1.0 + meaning + outlet + day

    def score(candidate: Candidate) -> float:
        words = (1 - clause_share) * _share(candidate.lexical, best_lexical)
        words += clause_share * _share(candidate.clause, best_clause)
        sources = outlet * candidate.outlet_named + day * candidate.day_named
        return (words + meaning * _share(candidate.dense, best_dense) + sources) / whole

    fused = [
        Fused(
            passage_id=candidate.passage_id,
            score=score(candidate),
            dense=candidate.dense,
            lexical=candidate.lexical,
        )
        for candidate in candidates
    ]
    return _best_first(fused)


def averaged(forms: Sequence[Sequence[Fused]]) -> list[Fused]:
    """Several forms of one question over the same candidates: the mean of their scores, best first.

    A turn of a conversation can be put in several ways, each of which misses something; a passage that all of them
    bring up is the likelier one. Cosine and BM25 score stay those of the first form, the question that stands alone.
    """
    if len(forms) == 1:
        return list(forms[0])
    first, *others = forms
    by_form = [{found.passage_id: found.score for found in form} for form in others]
    return _best_first(
        replace(found, score=(found.score + sum(scores[found.passage_id] for scores in by_form)) / len(forms))
        for found in first
    )


def lifted(fused: Sequence[Fused], kept: Sequence[int], *, lift: float) -> list[Fused]:
    """The passages of ``kept`` given ``lift`` of what their scores lack to 1; best first."""
    wanted = set(kept)
    return _best_first(
        replace(one, score=one.score + lift * (1 - one.score)) if one.passage_id in wanted else one for one in fused
    )


def with_kept(fused: Sequence[Fused], k: int, kept: Sequence[int], *, share: float) -> list[Fused]:
    """The k best, the last of them giving way to the best of ``kept`` until these fill their share; best first."""
    best = list(fused[:k])
    wanted = set(kept)
    places = min(round(k * share), k) if wanted else 0
    missing = places - sum(one.passage_id in wanted for one in best)
    late = [one for one in fused[k:] if one.passage_id in wanted][: max(0, missing)]
    for one in late:
        last = next((i for i in range(len(best) - 1, -1, -1) if best[i].passage_id not in wanted), None)
        if last is None:
            break
        del best[last]
        best.append(one)
    return best


def _best_first(fused: Iterable[Fused]) -> list[Fused]:
    return sorted(fused, key=lambda found: (-found.score, found.passage_id))


def _share(value: float, best: float) -> float:
    """A score as a share of the best one; nothing where there is no evidence, or evidence against."""
    return max(0.0, value) / best if best > 0 else 0.0
