"""Discord's rules that its OpenAPI description lacks, written by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from tests.discord_server.world import COMPONENTS_V2, JSON, walk

CONTENT_LIMIT = 2_000
EMBED_TOTAL = 6_000
COMPONENT_LIMIT = 40
TEXT_LIMIT = 4_000
ROWS = 5
COMMAND_SIZE = 8_000
MODAL_ITEMS = 5
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
ACTION_ROW, BUTTON, STRING_SELECT, TEXT_DISPLAY = 1, 2, 3, 10
LINK_STYLE, PREMIUM_STYLE = 5, 6


def message_problems(body: JSON, *, was_v2: bool = False) -> Iterator[str]:
    """What a message body breaks. ``was_v2``: it edits a message that has the Components V2 flag."""
    content = body.get("content") or ""
    if len(content) > CONTENT_LIMIT:
        yield f"content has {len(content)} characters"
    yield from _embed_problems(body.get("embeds") or [])
    yield from _mention_problems(body)
    components = body.get("components") or []
    if (body.get("flags") or 0) & COMPONENTS_V2 or was_v2:
        yield from _layout_problems(body, components)
    else:
        if len(components) > ROWS:
            yield f"{len(components)} rows"
        if any(part["type"] != ACTION_ROW for part in components):
            yield "components other than rows without the Components V2 flag"
    yield from _control_problems(components)


def new_message_problems(body: JSON) -> Iterator[str]:
    """What a new message's body breaks."""
    yield from message_problems(body)
    says_something = any(body.get(key) for key in ("content", "embeds", "components", "attachments", "poll"))
    if not says_something:
        yield "Cannot send an empty message"
    if "allowed_mentions" not in body:
        yield "allowed_mentions is left to its dangerous default"


def modal_problems(body: JSON) -> Iterator[str]:
    """What a modal breaks."""
    items = body.get("components") or []
    if len(items) > MODAL_ITEMS:
        yield f"a modal with {len(items)} items"
    yield from _control_problems(items)


def choice_problems(body: JSON) -> Iterator[str]:
    """What autocomplete choices break."""
    choices = body.get("choices") or []
    if len(choices) > 25:
        yield f"{len(choices)} choices"
    for choice in choices:
        if not 1 <= len(choice["name"]) <= 100:
            yield f"a choice name of {len(choice['name'])} characters"
        if isinstance(choice["value"], str) and not 1 <= len(choice["value"]) <= 100:
            yield f"a choice value of {len(choice['value'])} characters"


def command_problems(commands: list[JSON]) -> Iterator[str]:
    """What a set of commands breaks."""
    names = Counter((command.get("type", 1), command["name"]) for command in commands)
    yield from (f"command {name} twice" for (_, name), count in names.items() if count > 1)
    for kind, limit in ((1, 100), (2, 15), (3, 15)):
        count = sum(command.get("type", 1) == kind for command in commands)
        if count > limit:
            yield f"{count} commands of type {kind}"
    for command in commands:
        if len(json.dumps(command, ensure_ascii=False)) > COMMAND_SIZE:
            yield f"command {command['name']} is larger than {COMMAND_SIZE} characters"
        if command.get("type", 1) == 1:
            yield from _named_problems(command)


def _named_problems(node: JSON) -> Iterator[str]:
    name = node["name"]
    if not COMMAND_NAME.match(name) or name != name.lower():
        yield f"name {name!r}"
    if not 1 <= len(node.get("description") or "") <= 100:
        yield f"description of {name!r}"
    seen_optional = False
    for option in node.get("options") or []:
        yield from _named_problems(option)
        required = bool(option.get("required"))
        if required and seen_optional:
            yield f"required option {option['name']!r} after an optional one"
        seen_optional = seen_optional or not required


def _mention_problems(body: JSON) -> Iterator[str]:
    allowed = body.get("allowed_mentions") or {}
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            yield f"allowed_mentions parses {kind} and lists them"


def _embed_problems(embeds: list[JSON]) -> Iterator[str]:
    total = 0
    for embed in embeds:
        fields = embed.get("fields") or []
        for field in fields:
            if not field.get("name") or not field.get("value"):
                yield "an embed field without name or value"
        total += sum(len(embed.get(key) or "") for key in ("title", "description"))
        total += sum(len(field["name"]) + len(field["value"]) for field in fields)
        total += len((embed.get("footer") or {}).get("text") or "") + len((embed.get("author") or {}).get("name") or "")
    if total > EMBED_TOTAL:
        yield f"embeds of {total} characters in total"


def _layout_problems(body: JSON, components: list[JSON]) -> Iterator[str]:
    yield from (f"{key} beside Components V2" for key in ("content", "embeds", "poll", "sticker_ids") if body.get(key))
    parts = walk(components)
    if len(parts) > COMPONENT_LIMIT:
        yield f"{len(parts)} components"
    length = sum(len(part["content"]) for part in parts if part["type"] == TEXT_DISPLAY)
    if length > TEXT_LIMIT:
        yield f"{length} characters of text"
    if any(part["type"] == TEXT_DISPLAY and not part["content"].strip() for part in parts):
        yield "an empty text display"


def _control_problems(components: list[JSON]) -> Iterator[str]:
    parts = walk(components)
    ids = Counter(part["custom_id"] for part in parts if part.get("custom_id"))
    yield from (f"custom_id {name} twice" for name, count in ids.items() if count > 1)
    for part in parts:
        if part["type"] == ACTION_ROW:
            kinds = {inner["type"] for inner in part["components"]}
            if len(kinds) > 1 or (kinds != {BUTTON} and len(part["components"]) > 1):
                yield "a row that mixes buttons and selects"
        elif part["type"] == BUTTON:
            yield from _button_problems(part)
        elif part["type"] == STRING_SELECT and not 1 <= len(part.get("options") or []) <= 25:
            yield "a select without options or with too many"


def _button_problems(button: JSON) -> Iterator[str]:
    if button["style"] == LINK_STYLE:
        if not button.get("url") or button.get("custom_id"):
            yield "a link button needs a url and no custom_id"
    elif button["style"] != PREMIUM_STYLE and (button.get("url") or not button.get("custom_id")):
        yield "a button needs a custom_id and no url"
    if not button.get("label") and not button.get("emoji"):
        yield "a button without label"
