"""What is trained on, in which order: blocks of questions, each a pure function of the seed and its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tokenizers import Tokenizer

from training.distractors import bereft, crowded, listed, plainly, put
from training.draws import chance, seeded
from training.features import MAX_PASSAGE, Feature, encode
from training.headers import invent_header
from training.negatives import Paragraphs
from training.news import SOURCE
from training.phrasing import typed
from training.rows import Row, Span, sentences
from training.shortlists import shortlisted
from training.swaps import nearly
from training.talk import Talks, TalkShares

_OPEN_QUESTION = re.compile(r"\b(why|how come|how (?!many|much|long|old|far|tall|large|big)\w+)\b", re.IGNORECASE)
LONG_ANSWER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Questions of each kind in one block.

    People ask news why and what somebody wants; answers of six words and more and open questions are therefore drawn
    more often than SQuAD has them. `news` are questions on invented news, with an answer or without. `paired` is the
    share of answerable questions that bring a confusing paragraph, `swapped` that of SQuAD's that are changed so that
    their paragraph doesn't answer them. Of questions with distractors, `bereft` are those whose answer is taken out,
    and of the rest `plain` those that find it told in their own words; of all, `listed` are those that find a list of
    sentences for a text, with the distractors. These stand in all other texts without an answer as well, and in
    `crowded` of the others and of the confusing paragraphs. `shortlisted` of all questions find the best sentences of
    several texts, as a second reader does.
    """

    small_sets: int = 100
    open_squad: int = 120
    other_squad: int = 200
    unanswerable: int = 220
    news: int = 900
    paired: float = 0.4
    swapped: float = 0.15
    crowded: float = 0.6
    bereft: float = 0.15
    listed: float = 0.12
    plain: float = 0.6
    shortlisted: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One question with one passage or several; their scores are normalised together."""

    features: tuple[Feature, ...]

    @property
    def longest(self) -> int:
        """Tokens of its longest passage."""
        return max(len(f.ids) for f in self.features)


def is_open(row: Row) -> bool:
    """Whether the answer is likely a clause: a why or how question, or a gold answer of six words or more."""
    return bool(_OPEN_QUESTION.search(row.question)) or any(
        len(row.context[a:b].split()) >= LONG_ANSWER for a, b in row.spans
    )


class Mixture:
    """Deterministic, endless training blocks. `block(n)` depends on rows, quotas, seed and `n` alone."""

    def __init__(
        self,
        rows: Sequence[Row],
        tokenizer: Tokenizer,
        *,
        quotas: Quotas,
        seed: int,
        talk: TalkShares | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._talks = Talks(rows, talk or TalkShares())
        self._quotas = quotas
        self._seed = seed
        self._paragraphs = Paragraphs(rows)
        elsewhere = [r for r in rows if r.source != SOURCE]
        answerable = [r for r in elsewhere if r.answerable]
        squad = [r for r in answerable if r.source == "squad2"]
        self._pools: tuple[tuple[list[Row], int], ...] = (
            ([r for r in answerable if r.source != "squad2"], quotas.small_sets),
            ([r for r in squad if is_open(r)], quotas.open_squad),
            ([r for r in squad if not is_open(r)], quotas.other_squad),
            ([r for r in elsewhere if not r.answerable], quotas.unanswerable),
            ([r for r in rows if r.source == SOURCE], quotas.news),
        )
        for number, (pool, _) in enumerate(self._pools):
            seeded(f"{seed}:pool:{number}").shuffle(pool)

    def sizes(self) -> list[int]:
        """How many rows each pool holds, in the order of `Quotas`."""
        return [len(pool) for pool, _ in self._pools]

    def block(self, number: int) -> list[Group]:
        """The groups of block `number`, shuffled."""
        rng = seeded(f"{self._seed}:block:{number}")
        chosen = [pool[(number * quota + i) % len(pool)] for pool, quota in self._pools if pool for i in range(quota)]
        rng.shuffle(chosen)
        return [self._group(row, rng) for row in chosen]

    def _group(self, row: Row, rng: Random) -> Group:
        changed = self._changed(row, rng)
        if changed is None:
            question = self._talks.asked(row, rng)
        else:
            # Alone: in a conversation it might stand below its original, which is answered.
            question, row = typed(changed, rng), replace(row, spans=())
        # Asked only where it can be so, or what other quotas draw would change.
        if self._quotas.shortlisted and chance(self._quotas.shortlisted, rng):
            listed_row = self._shortlisted(row, rng)
            if listed_row is not None:
                titled = listed_row.title, listed_row.context
                return Group(features=(self._feature(question, titled, listed_row.spans, MAX_PASSAGE, rng),))
        row = self._distracted(row, rng)
        # Archive passages begin anywhere in a text and differ in length: so do the windows trained on.
        limit = rng.randint(80, 184) if chance(0.55, rng) else min(MAX_PASSAGE, 224)
        features = [self._feature(question, (row.title, row.context), row.spans, limit, rng)]
        if row.answerable and chance(self._quotas.paired, rng):
            other = self._paragraphs.confusing(row, rng)
            if other is not None:
                title, text = self._paragraphs.titled(other)
                if row.distractors and chance(self._quotas.crowded, rng):
                    text, _ = put(text, (), rng.choice(row.distractors), rng)
                features.append(self._feature(question, (title, text), (), limit, rng))
        return Group(features=tuple(features))

    def _shortlisted(self, row: Row, rng: Random) -> Row | None:
        """The row with a list of sentences for a text, of its own and of confusing ones; None where that fails."""
        whole = row
        if row.distractors:
            row = self._retold(row, rng)
        # What is taken out or told in other words must not come in by another paragraph.
        drawn = [self._paragraphs.confusing(whole, rng) for _ in range(rng.randint(1, 3))]
        found = sorted({number for number in drawn if number is not None})
        return shortlisted(row, [self._paragraphs.titled(number)[1] for number in found], rng)

    def _distracted(self, row: Row, rng: Random) -> Row:
        """The row in the company of its distractors, without its answer or with another form of it; or as it is."""
        if not row.distractors:
            return row
        row = self._retold(row, rng)
        if chance(self._quotas.listed, rng):
            return listed(row, rng)
        return crowded(row, rng) if not row.spans or chance(self._quotas.crowded, rng) else row

    def _retold(self, row: Row, rng: Random) -> Row:
        """The row without its answer or with another form of it; or as it is."""
        if chance(self._quotas.bereft, rng):
            return bereft(row)
        return plainly(row) if chance(self._quotas.plain, rng) else row

    def _changed(self, row: Row, rng: Random) -> str | None:
        """Now and then a question that nearly fits and has no answer; None where the row's own is to be asked."""
        if row.source != "squad2" or not row.answerable or not chance(self._quotas.swapped, rng):
            return None
        return nearly(row, [*self._paragraphs.beside(row.title, 3, rng), row.context], rng)

    def _feature(
        self, question: str, titled: tuple[str, str], spans: Sequence[Span], limit: int, rng: Random
    ) -> Feature:
        title, text = titled
        around = sentences(text)
        a, b = rng.choice(around) if around else (0, 0)
        return encode(
            self._tokenizer,
            question=question,
            header=invent_header(title=title, neighbour=text[a:b], rng=rng),
            passage=text,
            spans=spans,
            limit=limit,
            rng=rng,
        )


def batches(groups: Sequence[Group], *, size: int, rng: Random) -> list[list[Group]]:
    """Groups of like length together, about `size` passages a batch, in random order: padding costs as much as text."""
    out: list[list[Group]] = []
    held: list[Group] = []
    count = 0
    for group in sorted(groups, key=lambda g: g.longest):
        held.append(group)
        count += len(group.features)
        if count >= size:
            out.append(held)
            held, count = [], 0
    if held:
        out.append(held)
    rng.shuffle(out)
    return out
