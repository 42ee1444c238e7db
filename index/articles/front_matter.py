"""Front matter: the fields that stand above a text, as YAML between --- lines or TOML between +++ lines."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import Final

from index.articles.limits import UnfitError

_FRONT_MATTER: Final = re.compile(
    r"\s*(?P<fence>---|\+\+\+)[ \t]*\n(?P<fields>.*?)(?:(?<=\n)|^)(?:(?P=fence)|\.\.\.)[ \t]*(?:\n(?P<body>.*))?",
    re.DOTALL | re.MULTILINE,
)
_OTHER_NAMES: Final = {
    "headline": "title",
    "date": "published",
    "lastmod": "updated",
    "modified": "updated",
    "authors": "author",
    "byline": "author",
    "source": "outlet",
    "publisher": "outlet",
    "publication": "outlet",
    "category": "section",
    "lang": "language",
    "link": "url",
    "canonical": "url",
    "canonical_url": "url",
}
_LONGEST: Final = 64 * 1024
_DEEPEST: Final = 20
_KEY_PART: Final = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_DEEP_KEY: Final = re.compile(rf"(?<![\w-]){_KEY_PART}(?:[ \t]*+\.[ \t]*+{_KEY_PART}){{{_DEEPEST}}}")
"""A TOML key of more parts than fields nest: tomllib takes the square of their number."""
_MISSING: Final = frozenset({"", "~", "null", "Null", "NULL"})


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields of the front matter, under an article's own names for them, and the text below it.

    Raises:
        UnfitError: if there is front matter and it can't be read.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        if re.match(r"\A\s*+(?:---|\+\+\+)[ \t]*\n", text):
            raise UnfitError("its front matter does not end: a line of three dashes is missing")
        return {}, text
    raw = _toml(match["fields"]) if match["fence"] == "+++" else _yaml(match["fields"])
    given = {name.lower(): value for name, value in raw.items() if value is not None and value != ""}
    fields = {_OTHER_NAMES[name]: value for name, value in given.items() if name in _OTHER_NAMES}
    return fields | {name: value for name, value in given.items() if name not in _OTHER_NAMES}, match["body"] or ""


def _yaml(text: str) -> dict[str, object]:
    """Top-level fields as text, as written: YAML would turn dates into datetimes in UTC, and No into False."""
    import yaml  # only Markdown needs it

    if (
        len(text) > _LONGEST
        or text.count("[") - text.count("]") > _DEEPEST
        or text.count("{") - text.count("}") > _DEEPEST
    ):
        raise UnfitError("its front matter is too long, or nested too deeply")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark else ""
        raise UnfitError(f"its front matter is not valid YAML{where}") from error
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise UnfitError("its front matter is not a list of fields such as title: …")
    fields: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name in fields:
            raise UnfitError(f"its front matter gives {name} twice")
        fields[name] = _plain_value(value)
    return fields


def _plain_value(node: object) -> object:
    import yaml  # as above

    if isinstance(node, yaml.ScalarNode):
        plain = node.style is None
        return None if plain and node.value in _MISSING else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [str(item.value) if isinstance(item, yaml.ScalarNode) else {} for item in node.value]
    return {}


def _toml(text: str) -> dict[str, object]:
    if len(text) > _LONGEST or _DEEP_KEY.search(text):
        raise UnfitError("its front matter is too long, or nested too deeply")
    try:
        fields = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UnfitError(f"its front matter is not valid TOML: {error}") from error
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in fields.items()}
