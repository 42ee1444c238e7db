"""Conversations to learn from: CANARD's dialogues with answers made up around their key words, and SQuAD's paragraphs.

The training part of CANARD that we have tells the questions and their rewrites; of an answer it only tells the nouns.
An answer is therefore a real sentence from elsewhere whose own content words give way to those nouns.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from index.conversation.words import words
from training.draws import chance
from training.rows import Row, read_rows, sentences

_ID = re.compile(r"^(.*)_q#(\d+)$")
_CAPITALS = re.compile(r"\b[A-Z][\w.-]*(?:\s+(?:(?:of|the|and|de|for|in|The)\s+)*[A-Z0-9][\w.-]*)*")
_LONGEST_SKELETON = 34
_FEWEST_QUESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One turn: as asked, as it reads alone, and its answer: key words, or a sentence (``natural``)."""

    question: str
    standalone: str
    answer: str = ""
    natural: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One text of a conversation: an answer (kind 1), or a question or headline (kind 0).

    ``ours``: the turn may draw on it.
    """

    text: str
    kind: int
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Turns in order; ``title`` names what they are about, where that could be told."""

    title: str
    turns: tuple[Exchange, ...]


def read_dialogues(path: Path) -> list[Dialogue]:
    """The dialogues of a gzipped JSON-lines file whose ids end in ``_q#turn``, turns in order."""
    found: dict[str, list[tuple[int, Exchange]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            match = _ID.match(row["id"])
            if match is None:
                raise ValueError(f"{path}: the id {row['id']!r} has no turn: give ids that end in _q#0, _q#1 …")
            exchange = Exchange(
                question=row["question"].strip(), standalone=row["standalone"].strip(), answer=row["answer_tokens"]
            )
            found[match[1]].append((int(match[2]), exchange))
    out = []
    for numbered in found.values():
        turns = [exchange for _, exchange in sorted(numbered, key=lambda pair: pair[0])]
        out.append(_with_answers(turns))
    return out


def _with_answers(turns: Sequence[Exchange]) -> Dialogue:
    """Key words without those of the rewrite they begin with, names that the rewrites join kept together."""
    joined = Counter(
        pair for turn in turns for pair in itertools.pairwise(w.text.lower() for w in words(turn.standalone))
    )
    made = []
    for turn in turns:
        tokens = [noun for noun in turn.answer.split(" | ") if noun and noun != "."]
        asked = [w.text.lower() for w in words(turn.standalone)]
        at = 0
        for token in list(tokens):
            if token not in asked[at:]:
                break
            at = asked.index(token, at) + 1
            tokens.pop(0)
        units: list[str] = []
        for token in tokens:
            if units and joined[units[-1].split()[-1], token]:
                units[-1] += f" {token}"
            else:
                units.append(token)
        made.append(Exchange(question=turn.question, standalone=turn.standalone, answer=" | ".join(units)))
    return Dialogue(title=_title(turns), turns=tuple(made))


def _title(turns: Sequence[Exchange]) -> str:
    """The name that the rewrites add most often."""
    added: Counter[str] = Counter()
    for turn in turns:
        asked = {w.key for w in words(turn.question)}
        for name in _CAPITALS.findall(turn.standalone):
            keys = [w.key for w in words(name) if w.says]
            if keys and any(key not in asked for key in keys):
                added[name.strip(" .'")] += 1
    return max(added, key=lambda name: (added[name], len(name))) if added else ""


def paragraph_dialogues(rows: Sequence[Row]) -> list[Dialogue]:
    """Questions on one paragraph as a conversation, each with the sentence that answers it; no rewrites yet."""
    by_paragraph: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.source == "squad2":
            by_paragraph[row.title, row.context].append(row)
    out = []
    for (title, context), group in by_paragraph.items():
        if len(group) < _FEWEST_QUESTIONS:
            continue
        around = sentences(context)
        turns = []
        for row in group:
            spans = [(a, b) for a, b in around if row.spans and a <= row.spans[0][0] < b]
            answer = context[spans[0][0] : spans[0][1]] if spans else ""
            turns.append(Exchange(question=row.question, standalone=row.question, answer=answer, natural=True))
        out.append(Dialogue(title=title.replace("_", " "), turns=tuple(turns)))
    return out


class Skeletons:
    """Sentences whose content words give way to the key words of an answer."""

    def __init__(self, rows: Sequence[Row], *, rng: Random, count: int = 20_000) -> None:
        drawn = rng.sample(rows, min(len(rows), count))
        self._sentences = [s for row in drawn for s in _short_sentences(row.context)]

    def fill(self, keys: str, rng: Random) -> str:
        """A made-up answer around the units of ``keys`` (joined by `` | ``), in their order."""
        units = [unit for unit in keys.split(" | ") if unit]
        if not units or not self._sentences:
            return ""
        out: list[str] = []
        while units:
            skeleton = rng.choice(self._sentences)
            at = 0
            for word in words(skeleton):
                out.append(skeleton[at : word.start])
                at = word.end
                if word.says and units and chance(0.75, rng):
                    out.append(units.pop(0))
                else:
                    out.append(word.text)
            out.append(skeleton[at:] + " ")
            if chance(0.3, rng):
                # A name said more than once, as answers do.
                break
        out.extend(f"{unit} " for unit in units)
        return "".join(out).strip()


def _short_sentences(text: str) -> Iterator[str]:
    for start, end in sentences(text):
        if len(text[start:end].split()) <= _LONGEST_SKELETON:
            yield text[start:end]


_PRONOUNS = ("he", "she", "they", "it", "him", "her", "them", "that", "this", "the one", "those", "that one")
_POSSESSIVES = ("his", "her", "their", "its")
_OWNER = re.compile(r"(?:['’]s|['’])(?=\s)")
_BEFORE_NAME = re.compile(r"\b(?:of|in|for|at|by|from|with|about|on|to|against) (?:[Tt]he )?$")
_BEFORE_PLACE = re.compile(r"\b(?:in|at|to) (?:[Tt]he )?$")


def leaning(turn: Exchange, earlier: str, rng: Random) -> Exchange:
    """The turn with a name that was said ``earlier`` left out or replaced by a pronoun; unchanged where there is none.

    People leave out what is plain: *who took over (of FTX)?*
    """
    said = {w.key for w in words(earlier)}
    names = [
        found
        for found in _CAPITALS.finditer(turn.standalone)
        if found.start() > 0 and (keys := [w.key for w in words(found[0]) if w.says]) and set(keys) <= said
    ]
    if not names:
        return turn
    name = rng.choice(names)
    before, after = turn.standalone[: name.start()], turn.standalone[name.end() :]
    owner = _OWNER.match(after)
    if owner:
        return _asked(turn, f"{_without_the(before)}{rng.choice(_POSSESSIVES)}{after[owner.end() :]}")
    if _BEFORE_NAME.search(before) and chance(0.5, rng):
        return _asked(turn, f"{_BEFORE_NAME.sub('', before).rstrip()}{after}")
    if _BEFORE_PLACE.search(before) and chance(0.4, rng):
        return _asked(turn, f"{_BEFORE_PLACE.sub('', before)}there{after}")
    return _asked(turn, f"{_without_the(before)}{rng.choice(_PRONOUNS)}{after}")


def _asked(turn: Exchange, question: str) -> Exchange:
    return Exchange(question=question, standalone=turn.standalone, answer=turn.answer, natural=True)


def _without_the(before: str) -> str:
    return re.sub(r"\b[Tt]he $", "", before)


def squad_rows(path: Path) -> list[Row]:
    """The rows of the reader's training file."""
    return list(read_rows(path))
