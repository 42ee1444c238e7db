"""From conversations to what the tagger sees: blocks of examples, each a pure function of the seed and its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tokenizers import Tokenizer

from index.conversation.words import Word, words
from training.draws import chance, seeded
from training.features import CLS, SEP
from training.followups.dialogues import Dialogue, Exchange, Said, Skeletons, leaning
from training.followups.labels import Piece, mark, pieces_of
from training.followups.news import NewsTalks
from training.phrasing import misspell
from training.rows import Row

MAX_TOKENS = 160
MAX_QUESTION, MAX_EARLIER, MAX_ANSWER, MAX_OLDER_ANSWER = 40, 32, 64, 32
ELSEWHERE, NONE = -1, 0
"""A token that is no history; a token of the history that the question does not need (it points at [CLS])."""
_OPENINGS = ("and ", "so ", "but ", "ok and ", "and then ", "also ", "hey ", "wait ", "ok so ")
_SHORT = {"people": "ppl", "you": "u", "are": "r", "because": "bc", "about": "abt", "going": "gonna", "with": "w/"}
_ELLIPSIS = ("what about {}?", "how about {}?", "and {}?", "{}?", "and what about {}", "same for {}?", "and for {}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Token ids with what is to be said about them.

    ``slots`` gives for each token of the history the position it belongs to (0: none) and -1 elsewhere; ``drops`` for
    each token of the question whether the rewrite lacks it, and -1 elsewhere. ``last`` is the position of the
    question's [SEP], which stands for its end. ``leans``: the question can't be asked alone; ``same``: it goes on
    with the conversation's topic.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    last: int
    slots: tuple[int, ...]
    drops: tuple[int, ...]
    leans: bool
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How often each kind of example is drawn; what is left are CANARD's turns with their own history.

    CANARD hardly changes its topic and asks no *and Egypt?*, so both are made up: a turn after somebody else's
    conversation, one whose conversation follows another, and one that asks the last question about something else.
    ``news`` is the share of turns on invented news; the others are shares of what is left.
    """

    switch: float = 0.15
    mixed: float = 0.10
    paragraph: float = 0.25
    ellipsis: float = 0.06
    news: float = 0.45


def loosely(question: str, rng: Random) -> tuple[str, list[tuple[int, int]]]:
    """The question as it may be typed, with the place in it of each of the question's words."""
    found = words(question)
    if chance(0.35, rng):
        return question, [(w.start, w.end) for w in found]
    text = rng.choice(_OPENINGS) if chance(0.12, rng) else ""
    joined, short, slip = chance(0.5, rng), chance(0.3, rng), chance(0.2, rng)
    slipped = rng.randrange(len(found)) if slip and found else -1
    places, at = [], 0
    for number, word in enumerate(found):
        gap = question[at : word.start]
        text += gap.replace("'", "").replace("’", "") if joined else gap
        typed = word.text
        if joined and typed in {"'s", "’s"}:
            typed = "s"
        if short:
            typed = _SHORT.get(typed.lower(), typed)
        if number == slipped:
            typed = misspell(typed, rng)
        places.append((len(text), len(text) + len(typed)))
        text += typed
        at = word.end
    end = question[at:]
    return text + ("" if chance(0.65, rng) else end), places


def encode(
    tokenizer: Tokenizer,
    question: tuple[str, Sequence[tuple[int, int]]],
    history: Sequence[Said],
    pieces: Sequence[Piece],
    *,
    leans: bool,
    same: bool,
) -> Example:
    """`[CLS] question [SEP] newest text [SEP] … [SEP] oldest text [SEP]`, each cut to its own limit.

    Args:
        tokenizer: neither padding nor truncating.
        question: as typed, and the place of each of its words.
        history: newest first.
        pieces: what the rewrite adds; slots count the question's words.
        leans: see :class:`Example`.
        same: see :class:`Example`.
    """
    text, places = question
    asked = tokenizer.encode(text, add_special_tokens=False)
    ids = [CLS, *asked.ids[:MAX_QUESTION], SEP]
    last = len(ids) - 1

    def position(word: int) -> int:
        if word >= len(places):
            return last
        return next((i + 1 for i, (a, b) in enumerate(asked.offsets) if b > places[word][0]), last)

    slots = [min(position(piece.slot), last) for piece in pieces]
    dropped = [places[w] for p in pieces for w in range(p.slot, min(p.slot + p.replaces, len(places)))]
    types = [0] * len(ids)
    targets = [ELSEWHERE] * len(ids)
    used: set[int] = set()
    for number, said in enumerate(history):
        limit = MAX_EARLIER if said.kind == 0 else MAX_ANSWER if number < 2 else MAX_OLDER_ANSWER  # noqa: PLR2004
        room = min(limit, MAX_TOKENS - len(ids) - 1)
        if room <= 0:
            break
        encoded = tokenizer.encode(said.text, add_special_tokens=False)
        found: list[Word] = words(said.text)
        marks = mark(found, pieces) if said.ours else [None] * len(found)
        for token, (start, end) in zip(encoded.ids[:room], encoded.offsets[:room], strict=True):
            piece = next((m for w, m in zip(found, marks, strict=True) if w.start < end and start < w.end), None)
            if piece is not None:
                used.add(piece)
            ids.append(token)
            targets.append(NONE if piece is None else slots[piece])
            types.append(said.kind)
        ids.append(SEP)
        types.append(said.kind)
        targets.append(ELSEWHERE)
    # What is replaced by words that the conversation does not have can't be replaced.
    told = [
        places[w] for i in used for w in range(pieces[i].slot, pieces[i].slot + pieces[i].replaces) if w < len(places)
    ]
    drops = [ELSEWHERE] * len(ids)
    for i, (a, b) in enumerate(asked.offsets[:MAX_QUESTION]):
        drops[i + 1] = int(any(a < end and start < b for start, end in told))
    return Example(
        ids=tuple(ids),
        types=tuple(types),
        last=last,
        slots=tuple(targets),
        drops=tuple(drops),
        leans=leans or bool(dropped),
        same=same,
    )


class Examples:
    """Deterministic, endless training blocks. ``block(n)`` depends on what is given here and on ``n`` alone."""

    def __init__(
        self,
        *,
        dialogues: Sequence[Dialogue],
        paragraphs: Sequence[Dialogue],
        questions: Sequence[Row],
        skeletons: Skeletons,
        news: NewsTalks,
        tokenizer: Tokenizer,
        shares: Shares,
        seed: int,
        size: int = 2400,
    ) -> None:
        """``questions`` are ones that stand alone; ``size`` is the number of examples of a block."""
        self._dialogues = dialogues
        self._paragraphs = paragraphs
        self._questions = questions
        self._skeletons = skeletons
        self._news = news
        self._tokenizer = tokenizer
        self._shares = shares
        self._seed = seed
        self._size = size
        self._turns = [(d, n) for d in dialogues for n in range(len(d.turns))]
        seeded(f"{seed}:turns").shuffle(self._turns)

    def block(self, number: int) -> list[Example]:
        """The examples of block ``number``, in no order."""
        rng = seeded(f"{self._seed}:block:{number}")
        first = number * self._size
        return [self._drawn(first + i, rng) for i in range(self._size)]

    def _drawn(self, number: int, rng: Random) -> Example:
        if len(self._news) and chance(self._shares.news, rng):
            return self._of_news(rng.randrange(len(self._news)), rng)
        return self._example(self._turns[number % len(self._turns)], rng)

    def _of_news(self, number: int, rng: Random) -> Example:
        drawn = self._news.drawn(number, rng)
        # Typed already, not to be typed more loosely.
        asked = drawn.question, [(word.start, word.end) for word in words(drawn.question)]
        return encode(self._tokenizer, asked, drawn.history, drawn.pieces, leans=drawn.leans, same=drawn.same)

    def _example(self, turn: tuple[Dialogue, int], rng: Random) -> Example:
        drawn = rng.random()
        for share, make in (
            (self._shares.switch, self._switch),
            (self._shares.mixed, self._mixed),
            (self._shares.paragraph, self._paragraph),
            (self._shares.ellipsis, self._ellipsis),
        ):
            if drawn < share:
                return make(turn, rng)
            drawn -= share
        dialogue, at = turn
        return self._coded(dialogue.turns[at], self._history(dialogue, at, rng), rng)

    def _coded(self, exchange: Exchange, history: Sequence[Said], rng: Random, *, same: bool = True) -> Example:
        pieces = pieces_of(exchange.question, exchange.standalone)
        question = loosely(exchange.question, rng)
        if not history:
            same = False
        return encode(self._tokenizer, question, history, pieces, leans=bool(pieces), same=same)

    def _history(self, dialogue: Dialogue, before: int, rng: Random, *, most: int = 6) -> list[Said]:
        """The turns before one, newest first; without their answers now and then, as after a refusal."""
        out: list[Said] = []
        quiet = chance(0.15, rng)
        for exchange in reversed(dialogue.turns[max(0, before - most) : before]):
            out.append(Said(text=loosely(exchange.question, rng)[0], kind=0))
            answer = "" if quiet or chance(0.08, rng) else exchange.answer
            if answer and not exchange.natural:
                answer = self._skeletons.fill(answer, rng)
            if answer:
                out.append(Said(text=answer, kind=1))
        if dialogue.title and (chance(0.65, rng) if out else chance(0.9, rng)):
            out.append(Said(text=dialogue.title, kind=0))
        return out

    def _mixed(self, turn: tuple[Dialogue, int], rng: Random) -> Example:
        dialogue, at = turn
        other = rng.choice(self._dialogues if chance(0.7, rng) else self._paragraphs)
        earlier = self._history(other, rng.randint(1, len(other.turns)), rng, most=2)
        history = self._history(dialogue, at, rng, most=3)
        return self._coded(dialogue.turns[at], [*history, *(replace(said, ours=False) for said in earlier)], rng)

    def _switch(self, turn: tuple[Dialogue, int], rng: Random) -> Example:
        dialogue, at = turn
        history = self._history(dialogue, max(1, at), rng)
        if chance(0.45, rng):
            other = rng.choice(rng.choice(self._dialogues).turns).standalone
        else:
            other = rng.choice(self._questions).question
        return self._coded(Exchange(question=other, standalone=other), history, rng, same=False)

    def _paragraph(self, _: tuple[Dialogue, int], rng: Random) -> Example:
        dialogue = rng.choice(self._paragraphs)
        turns = list(dialogue.turns)
        rng.shuffle(turns)
        at = rng.randint(1, min(len(turns) - 1, 4))
        history = [replace(said) for said in self._history(Dialogue(title="", turns=tuple(turns)), at, rng)]
        exchange = leaning(turns[at], " ".join(said.text for said in history), rng)
        return self._coded(exchange, history, rng)

    def _ellipsis(self, turn: tuple[Dialogue, int], rng: Random) -> Example:
        """The last question about something else: its words belong to the turn, but for the name that is replaced."""
        dialogue, at = turn
        row = rng.choice(self._questions)
        title = {w.key for w in words(row.title.replace("_", " ")) if w.says}
        frame = words(row.question)
        named = [i for i, w in enumerate(frame) if w.key in title]
        if not named:
            return self._switch(turn, rng)
        name = rng.choice(self._questions).title.replace("_", " ")
        question = rng.choice(_ELLIPSIS).format(name)
        asked = words(question)
        at_name = next((i for i, w in enumerate(asked) if w.key in {x.key for x in words(name)}), 0)
        known = {w.key for w in asked} | title
        pieces = []
        for slot, part in ((at_name, frame[: named[0]]), (len(asked), frame[named[-1] + 1 :])):
            content = frozenset(w.key for w in part if w.says and w.key not in known)
            if content:
                pieces.append(Piece(slot=slot, replaces=0, keys=tuple(w.key for w in part), content=content))
        answer = row.context[: rng.randint(60, 200)]
        history = [Said(text=loosely(row.question, rng)[0], kind=0)]
        if chance(0.8, rng):
            history.insert(1, Said(text=answer, kind=1, ours=False))
        earlier = self._history(dialogue, max(1, at), rng, most=1)
        history += [replace(said, ours=False) for said in earlier] if chance(0.4, rng) else []
        return encode(self._tokenizer, loosely(question, rng), history, pieces, leans=True, same=True)


def batches(examples: Sequence[Example], *, size: int, rng: Random) -> list[list[Example]]:
    """Examples of like length together, in random order: padding costs as much as text."""
    ordered = sorted(examples, key=lambda one: len(one.ids))
    out = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    rng.shuffle(out)
    return out
