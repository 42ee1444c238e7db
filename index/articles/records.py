"""JSON articles: one object or a list of them in a .json file, one object a line in a .jsonl file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from index.articles.limits import UnfitError

KIND_OF: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
"""What a moderator calls the type of a JSON value."""


def json_value(data: bytes) -> object:
    """The value of a JSON text.

    Encoded in UTF-8 as the standard says, or in UTF-16 or UTF-32, which its first bytes give away. Not detected
    further: the text of an article must be what was written, not what was probably meant. NaN, which Python and pandas
    write for what is missing, is None.

    Raises:
        UnfitError: if it is not JSON, or an object gives one key twice.
    """
    try:
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise UnfitError("it holds NUL bytes: a binary file, or damaged UTF-16; save it as UTF-8") from error
        raise UnfitError(f"it is not UTF-8 (at byte {error.start + 1}): save it as UTF-8") from error
    if not text.strip():
        raise UnfitError("it is empty")
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise UnfitError(_syntax(error)) from error
    except RecursionError:
        raise UnfitError("it is nested too deeply to be an article") from None
    except ValueError as error:
        raise UnfitError("it holds a number of thousands of digits") from error
    return value


def json_objects(data: bytes) -> Iterator[tuple[int | None, object]]:
    """The values of a .json file that should be articles, with their numbers from 1 if they stand in a list.

    Raises:
        UnfitError: as for json_value, and if the list is empty.
    """
    value = json_value(data)
    if not isinstance(value, list):
        yield None, value
        return
    if not value:
        raise UnfitError("its list is empty")
    yield from enumerate(value, start=1)


def record_fields(value: object) -> Mapping[str, object]:
    """The value, if it is an object.

    Raises:
        UnfitError: if it is anything else.
    """
    if not isinstance(value, dict):
        raise UnfitError(f"it is {KIND_OF[type(value)]}, not an object with title and text")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise UnfitError(f"it gives {twice[:60]!a} twice")
    return value


def _syntax(error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
    if error.msg == "Extra data":
        hint = "one object a line belongs in a .jsonl file" if error.lineno > 1 else "it goes on after its end"
        return f"it is not valid JSON: more than one value ({place}); {hint}"
    if "control character" in error.msg.lower() and "\x00" in error.doc:
        return "it holds NUL bytes"
    what = re.sub(r"^Expecting", "there should be", error.msg)
    return f"it is not valid JSON: {what[0].lower()}{what[1:]} ({place})"
