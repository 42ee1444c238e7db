"""Does time grow faster than the input? Every pattern of the product, and every function that reads foreign text.

A pattern is attacked where it repeats something: with text that leads up to the repetition, the repeated piece many
times, and an end that does not fit. What is bounded before it reaches a pattern is tried at that bound.
"""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]  # the engine's own parse tree
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

MANY = 30
"""A repetition that may be longer than this can be pumped."""
ENDS = ("", "\x00", "!x", "\n#")
_FACTOR = 4
_STEEP = 8.0
"""Four times the input may take this many times as long: 4 is linear, 16 quadratic, and clocks are rough."""
_NOTICED = 0.02
"""Seconds below which a time says nothing."""
_ENOUGH = 0.15
"""Seconds above which no longer input need be tried."""
FIRST, LAST = 64, 16_384
"""Characters, from the shortest to the longest: the step that gives a blow-up away is short enough to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The CPU seconds that an input took by its length in characters, shortest first."""

    what: str
    seconds: tuple[tuple[int, float], ...]

    @property
    def blown(self) -> bool:
        """Whether the time still grows clearly faster than the input where it is measured last.

        One step may be steep where a second page or another way of reading begins, and a bound ends all growth.
        """
        if len(self.seconds) < 2:
            return False
        (_, earlier), (_, later) = self.seconds[-2:]
        return later > _NOTICED and later > _STEEP * max(earlier, _NOTICED / _STEEP / 4)

    def __str__(self) -> str:
        return f"{self.what}: " + ", ".join(f"{size:,} characters {spent:.3f} s" for size, spent in self.seconds)


def grown(
    what: str, run: Callable[[str], object], make: Callable[[int], str], *, first: int = FIRST, last: int = LAST
) -> Growth:
    """How long inputs of growing length take; a steep step is measured again, since other processes disturb clocks."""
    seconds: list[tuple[int, float]] = []
    size = first
    while size <= last:
        text = make(size)
        spent = _timed(run, text)
        if seconds and spent > _NOTICED and spent > _STEEP * seconds[-1][1]:
            spent = min(spent, _timed(run, text), _timed(run, text))
        seconds.append((size, spent))
        if spent > _ENOUGH:
            break
        size *= _FACTOR
    return Growth(what=what, seconds=tuple(seconds))


def settle() -> None:
    """Puts what is loaded by now out of the collector's sight: it looks through all of it before each timing."""
    gc.collect()
    gc.freeze()


def _timed(run: Callable[[str], object], text: str) -> float:
    # The collector looks through all objects of the process, ever more often the more of them a parser makes.
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        run(text)
        return time.process_time() - began
    finally:
        gc.enable()


def pumped(lead: str, piece: str, end: str) -> Callable[[int], str]:
    """Text of about a given length: the lead, the piece over and over, the end."""
    return lambda size: lead + piece * max(1, size // len(piece)) + end


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A pattern and how it is used: from the start of a text only, or from every place in it."""

    pattern: re.Pattern[str]
    anchored: bool

    def run(self, text: str) -> object:
        """Uses it."""
        return self.pattern.match(text) if self.anchored else self.pattern.sub("", text)


def patterns(packages: Iterable[str] = ("index", "bot")) -> dict[str, Used]:
    """Every pattern of the packages over text, by module and name, with those that stand in calls by their line."""
    found: dict[str, Used] = {}
    for package in packages:
        spec = find_spec(package)
        assert spec is not None
        for info in pkgutil.walk_packages(spec.submodule_search_locations or (), f"{package}."):
            if info.name.endswith("__main__") or info.name == "bot.command":
                continue
            module = importlib.import_module(info.name)
            source = Path(str(module.__file__)).read_text("utf-8")
            for name, value in vars(module).items():
                if not re.search(rf"^{re.escape(name)}\b.*=", source, re.MULTILINE):
                    continue  # imported: it is tried where it is at home
                ways = set(re.findall(rf"\b{re.escape(name)}\.(\w+)\(", source)) or set(
                    _WAYS.get(f"{info.name}.{name}", ())
                )
                anchored = bool(ways) and ways <= {"match", "fullmatch"}
                for number, pattern in enumerate(_inside(value)):
                    if isinstance(pattern.pattern, str):
                        place = f"{info.name}.{name}{f'[{number}]' if number else ''}"
                        found[place] = Used(pattern=pattern, anchored=anchored)
            for line, pattern in _in_calls(source):
                if pattern.pattern not in {known.pattern.pattern for known in found.values()}:
                    found[f"{info.name}:{line}"] = Used(pattern=pattern, anchored=False)
    return found


_WAYS = {
    "index.passages._BOILERPLATE": ("fullmatch",),
    "index.asking.inventory._PATTERNS": ("fullmatch",),
    "index.asking.inventory._TIMED_PATTERNS": ("fullmatch",),
    "index.asking.inventory._LATEST_PATTERNS": ("fullmatch",),
    "index.conversation.about._SPEAKER": ("match",),
    "index.conversation.about._SOURCE": ("match",),
    "index.conversation.about._MORE": ("match",),
    "index.conversation.about._STILL": ("match",),
}
"""How those are used that are used under another name."""


def _inside(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _inside(item)


def _in_calls(source: str) -> Iterator[tuple[int, re.Pattern[str]]]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.lineno, re.compile(node.args[0].value, re.IGNORECASE | re.MULTILINE)


def leads_and_pieces(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """For every long repetition in a pattern: text that leads up to it, and what it repeats."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    return list(dict.fromkeys(_repeats(list(tree), "")))


def _repeats(items: list[tuple[Any, Any]], lead: str) -> Iterator[tuple[str, str]]:
    for code, value in items:
        for inner in _inner(code, value):
            yield from _repeats(list(inner), lead)
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT} and value[1] > MANY:
            for piece in _pieces(list(value[2])):
                yield lead, piece
        lead += _sample([(code, value)])


def _inner(code: Any, value: Any) -> list[Any]:  # noqa: ANN401 - the parse tree is untyped
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.BRANCH:
        return list(value[1])
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        return [value[2]]
    if code in {codes.ASSERT, codes.ASSERT_NOT}:
        return [value[1]]
    return [value] if code is codes.ATOMIC_GROUP else []


_PROBES = " \ta-.,*/_\"'>[(<\n:1A@#é’"


def _pieces(items: list[tuple[Any, Any]]) -> Iterator[str]:
    """What a repeated part may be: of a class, a few characters of different kinds."""
    if len(items) == 1 and items[0][0] in {codes.IN, codes.ANY, codes.NOT_LITERAL, codes.LITERAL}:
        own = [probe for probe in _PROBES if _takes(items[0], probe)]
        yield from own[:6] or [_sample(items)]
        return
    yield _sample(items) or "a"
    for code, value in items:
        if code is codes.BRANCH:
            yield from (sample for branch in value[1][:4] if (sample := _sample(list(branch))))


def _sample(items: list[tuple[Any, Any]]) -> str:
    """A text that matches, or nearly; assertions are ignored."""
    text = ""
    for code, value in items:
        if code is codes.LITERAL:
            text += chr(value)
        elif code in {codes.IN, codes.ANY, codes.NOT_LITERAL}:
            text += next((probe for probe in "a 1-.,/" + _PROBES if _takes((code, value), probe)), "a")
        elif code is codes.SUBPATTERN:
            text += _sample(list(value[3]))
        elif code is codes.BRANCH:
            text += _sample(list(value[1][0]))
        elif code is codes.ATOMIC_GROUP:
            text += _sample(list(value))
        elif code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            text += _sample(list(value[2])) * value[0]
    return text


def _takes(item: tuple[Any, Any], character: str) -> bool:
    code, value = item
    if code is codes.ANY:
        return character != "\n"
    if code is codes.LITERAL:
        return chr(value) == character
    if code is codes.NOT_LITERAL:
        return chr(value) != character
    negated = bool(value) and value[0][0] is codes.NEGATE
    inside = False
    for kind, what in value:
        if kind is codes.LITERAL:
            inside |= ord(character) == what
        elif kind is codes.RANGE:
            inside |= what[0] <= ord(character) <= what[1]
        elif kind is codes.CATEGORY:
            inside |= _of_category(what, character)
    return inside != negated


def _of_category(category: Any, character: str) -> bool:  # noqa: ANN401 - as above
    word = character.isalnum() or character == "_"
    return {
        codes.CATEGORY_SPACE: character.isspace(),
        codes.CATEGORY_NOT_SPACE: not character.isspace(),
        codes.CATEGORY_DIGIT: character.isdigit(),
        codes.CATEGORY_NOT_DIGIT: not character.isdigit(),
        codes.CATEGORY_WORD: word,
        codes.CATEGORY_NOT_WORD: not word,
    }[category]
