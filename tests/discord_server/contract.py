"""Checks requests against Discord's own OpenAPI description."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.discord_server.world import JSON

_ROOT = Path(__file__).parents[2]
_BESIDE = Path("shared", "discord", "openapi.json")
DESCRIPTION = next((found for above in _ROOT.parents if (found := above / _BESIDE).exists()), _ROOT.parent / _BESIDE)
"""Where Discord's OpenAPI description lies, beside a checkout or further up; it is not part of the project."""

SENT_BUT_UNDESCRIBED = {"nsfw", "tts"}
"""Keys that discord.py sends and Discord takes, though the description lacks them."""


class Contract:
    """The description, ready to check requests."""

    def __init__(self, description: JSON) -> None:
        # discord.py writes some snowflakes as integers, which Discord takes.
        description["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
        self._paths: JSON = description["paths"]
        resource = DRAFT202012.create_resource(description)
        self._registry: Registry[Any] = Registry().with_resource("urn:discord", resource)
        self._schemas: JSON = description["components"]["schemas"]
        self._validator = functools.cache(self._make_validator)

    @classmethod
    def read(cls, path: Path = DESCRIPTION) -> Contract:
        """Reads the description; FileNotFoundError when it is not there."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def problems(
        self, method: str, path: str, parameters: Mapping[str, str], query: Mapping[str, str], body: object
    ) -> Iterator[str]:
        """What a request breaks. ``path`` is a template such as ``/channels/{channel_id}/messages``."""
        operation = self._paths.get(path, {}).get(method.lower())
        if operation is None:
            yield f"{method} {path} is not in the description"
            return
        described = [*self._paths[path].get("parameters", []), *operation.get("parameters", [])]
        for parameter in described:
            given = (parameters if parameter["in"] == "path" else query).get(parameter["name"])
            if given is not None:
                yield from self._parameter_problems(parameter, given)
        for name in set(query) - {parameter["name"] for parameter in described}:
            yield f"{method} {path}: unknown query parameter {name}"
        content = operation.get("requestBody", {}).get("content", {})
        if body is None or not content:
            return
        error = best_match(self._validator(method, path).iter_errors(body))
        if error is not None:
            yield f"{method} {path}: {_deepest(error)}"
        if isinstance(body, dict):
            for key in set(body) - self._known_keys(content["application/json"]["schema"]) - SENT_BUT_UNDESCRIBED:
                yield f"{method} {path}: unknown key {key!r}"

    def _make_validator(self, method: str, path: str) -> Draft202012Validator:
        pointer = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        reference = f"urn:discord#/paths/{pointer}/{method.lower()}/requestBody/content/application~1json/schema"
        return self._checker({"$ref": reference})

    def _checker(self, schema: JSON) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def _parameter_problems(self, parameter: JSON, given: str) -> Iterator[str]:
        schema = dict(parameter["schema"])
        value: object = given
        if schema.get("type") == "boolean":
            value = {"true": True, "false": False, "1": True, "0": False}.get(given.lower(), given)
        elif schema.get("type") == "integer" and given.lstrip("-").isdigit():
            value = int(given)
        if "$ref" in schema:
            schema["$ref"] = "urn:discord" + schema["$ref"]
        error = best_match(self._checker(schema).iter_errors(value))
        if error is not None:
            yield f"parameter {parameter['name']}: {error.message}"

    def _known_keys(self, schema: JSON) -> set[str]:
        if "$ref" in schema:
            return self._known_keys(self._schemas[schema["$ref"].rsplit("/", 1)[1]])
        keys = set(schema.get("properties", {}))
        for combination in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(combination, []):
                keys |= self._known_keys(part)
        return keys


def _deepest(error: ValidationError) -> str:
    """The most telling line of an error inside nested unions."""
    while error.context:
        # A union's branches that fail at ``type`` are those that were never meant.
        error = max(
            error.context, key=lambda inner: ("type" not in list(inner.absolute_path)[-1:], len(inner.absolute_path))
        )
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
