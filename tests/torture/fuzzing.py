"""Hostile input: every parser with 100,000 nearly right inputs, inputs built to take time, and named monsters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tests.torture import growth
from tests.torture.growth import Growth, grown, pumped
from tests.torture.monsters import ASKED, READ, ask_monsters, read_monsters
from tests.torture.mutation import Mutator
from tests.torture.readers import PIECES, WRAPPED, readers
from tests.torture.report import Plan, Row
from tests.torture.target import FULL, Target
from tests.torture.targets import TARGETS

PATTERNS: Final = "inputs that blow patterns up"
TEXTS: Final = "texts that parsers take long for"
_MOST_LOST = 20
"""Broken promises after which a parser is not tried further."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Every parser, every pattern, every monster."""
    for target in TARGETS:
        if plan.asks_for(attack_on(target)):
            yield fuzzed(target, plan)
    for attack, tries in _OTHERS.items():
        if plan.asks_for(attack):
            yield tries(plan)


def attack_on(target: Target) -> str:
    """The name of a parser's row."""
    return f"{target.name}: nearly right input"


def fuzzed(target: Target, plan: Plan) -> Row:
    """A parser with as many inputs as the plan asks for; what it refuses with its own errors is held.

    An input is made from the seed and its number alone: run in parts or in any order, the inputs are the same.
    """
    refused = tried = 0
    lost: list[str] = []
    full = max(FULL, target.full) if plan.thorough else target.full
    for number in range(plan.times(full, least=20)):
        tried += 1
        given = target.make(Mutator(f"{plan.seed}:{target.name}:{number}"))
        try:
            target.check(given)
        except target.refuses:
            refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not leave a parser
            lost.append(f"seed {plan.seed}, input {number}: {type(error).__name__}: {error}: {given!a:.300}")
            if len(lost) == _MOST_LOST:
                break
    taken = f"{tried - refused - len(lost):,} taken, {refused:,} refused"
    return Row(
        attack=attack_on(target),
        tried=tried,
        held=f"{taken} ({target.why_fewer})" if full < FULL else taken,
        lost=tuple(lost),
    )


BOUNDED = {
    "index.asking.inventory._POLITE": 300,  # longer questions are not looked at
    "index.evaluate.judgement._NUMBER": 500,  # the longest id of an article
    "bot.settings._TOKEN": 500,  # what the operator wrote
    "bot.markup._LINE_START": 0,  # `plain` has left one line, and the pattern looks at lines
    "index.conversation.leaning._NAME": 2_000,  # a question
}
"""Patterns that would take the square of a long text's time, and the most characters that they are given."""


def patterns_grown(plan: Plan) -> Row:
    """Every regular expression of the product, pumped where it repeats something."""
    lost: list[str] = []
    tried = attacked = 0
    every = max(1, round(0.5 / plan.scale))
    growth.settle()
    for turn, (name, used) in enumerate(growth.patterns().items()):
        last = BOUNDED.get(name, growth.LAST)
        if turn % every or not last:
            continue
        attacked += 1
        for lead, piece in growth.leads_and_pieces(used.pattern):
            for end in growth.ENDS:
                tried += 1
                what = f"{name}: {lead!a} and {piece!a} over and over, then {end!a}"
                found = grown(what, used.run, pumped(lead, piece, end), last=last)
                if found.blown and (last == growth.LAST or found.seconds[-1][1] > 0.1):
                    lost.append(str(found))
    return Row(
        attack=PATTERNS,
        tried=tried,
        held=f"{attacked} regular expressions take linear time, up to {growth.LAST:,} characters",
        lost=tuple(lost),
    )


def readers_grown(plan: Plan, *, last: int = 65_536) -> Row:
    """Every function that reads foreign text, with pieces that grammars hang on, four times as many each time."""
    from index.bootstrap import make_embedder  # the models' tokenizer, which is loaded for this alone
    from index.settings import ArchiveSettings

    steep: list[Growth] = []
    tried = 0
    every = max(1, round(1 / plan.scale))
    reads = readers(make_embedder(ArchiveSettings(threads=1)))
    growth.settle()
    for name, read in reads.items():
        for how, wrapped in WRAPPED.items():
            for piece in PIECES[tried % every :: every]:
                tried += 1
                made = pumped("", piece, "")
                what = f"{name}, {how}: {piece!a}"
                found = grown(what, read, lambda size, w=wrapped, m=made: w(m(size)), first=1_024, last=last)
                if found.blown:
                    steep.append(found)
    return Row(
        attack=TEXTS,
        tried=tried,
        held=f"time grows no faster than the text, up to {last:,} characters",
        lost=tuple(map(str, steep)),
    )


_OTHERS: Final[Mapping[str, Callable[[Plan], Row]]] = {
    PATTERNS: patterns_grown,
    TEXTS: readers_grown,
    READ: read_monsters,
    ASKED: ask_monsters,
}
"""What is tried beside the parsers' rows, by the names of the rows."""
