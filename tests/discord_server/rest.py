"""The REST application: token, faults, rate limits and the contract around every route."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from tests.discord_server import rules
from tests.discord_server.contract import Contract
from tests.discord_server.errors import ApiError, invalid_form, unauthorized
from tests.discord_server.limits import Faults, RateLimits
from tests.discord_server.world import JSON, World

PREFIX = "/api/v10"
OPEN_ROUTES = ("/interactions/", "/webhooks/")
"""Routes whose token stands in the path."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A request with its body taken apart."""

    method: str
    route: str
    path: str
    parameters: dict[str, str]
    query: dict[str, str]
    body: JSON
    files: dict[str, bytes]
    status: int = 0
    at: float = field(default_factory=time.monotonic)

    def id(self, name: str) -> int:
        """A snowflake of the path."""
        return int(self.parameters[name])


Handler = Callable[[Call], Awaitable[object]]
"""Answers a call with something for JSON; None is 204."""


class Rest:
    """Runs the handlers and keeps the record of all calls and violations."""

    def __init__(self, world: World, token: str, contract: Contract | None) -> None:
        self.world = world
        self.token = token
        self.contract = contract
        self.limits = RateLimits()
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.app = web.Application(client_max_size=64 << 20)

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Adds a route; ``path`` as the OpenAPI description has it."""

        async def run(request: web.Request) -> web.StreamResponse:
            return await self._run(request, path, handler)

        self.app.router.add_route(method, PREFIX + path, run)

    def statuses(self, *statuses: int) -> list[Call]:
        """The calls that were answered with one of these."""
        return [call for call in self.calls if call.status in statuses]

    def made(self, method: str, route: str) -> list[Call]:
        """The calls of one route."""
        return [call for call in self.calls if call.method == method and call.route == route]

    async def _run(self, request: web.Request, route: str, handler: Handler) -> web.StreamResponse:
        call = await _read(request, route)
        self.calls.append(call)
        try:
            response = await self._answer(request, call, handler)
        except ApiError as error:
            response = _json({"code": error.code, "message": error.message}, error.status)
        call.status = response.status
        self.world.changed()
        return response

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.Response:
        fault = self.faults.next(call.method, call.path)
        if fault is not None and fault.status is None:
            if fault.lost_answer:
                await handler(call)
            if request.transport is not None:
                request.transport.abort()
            return _json({}, 499)
        if fault is not None and fault.status == 429:
            return _too_many(fault.retry_after, {})
        if fault is not None and fault.status is not None:
            return _json({"code": fault.code, "message": "ordered by the test"}, fault.status)
        if not call.route.startswith(OPEN_ROUTES) and request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()
        headers: dict[str, str] = {}
        if not call.route.startswith("/interactions/"):
            major = next(
                (call.parameters[name] for name in ("channel_id", "webhook_token") if name in call.parameters), ""
            )
            allowed, headers, left = self.limits.take(f"{call.method} {call.route}", major)
            if not allowed:
                return _too_many(left, headers)
        self._check(call)
        result = await handler(call)
        response = web.Response(status=204) if result is None else _json(result, 200)
        response.headers.update(headers)
        return response

    def _check(self, call: Call) -> None:
        problems: list[str] = []
        if self.contract is not None:
            body: object = call.body.get("__list__", call.body) if call.body else None
            problems += self.contract.problems(call.method, call.route, call.parameters, call.query, body)
        problems += _rule_problems(call)
        if problems:
            self.violations += [f"{call.method} {call.path}: {problem}" for problem in problems]
            raise invalid_form("; ".join(problems))


CALLBACK_RULES = {
    4: rules.new_message_problems,
    7: rules.message_problems,
    8: rules.choice_problems,
    9: rules.modal_problems,
}
"""The rules for a callback's inner body, by its type."""


def _rule_problems(call: Call) -> list[str]:
    body = call.body
    match call.method, call.route:
        case ("PUT" | "POST", route) if route.endswith("/commands"):
            return list(rules.command_problems(body.get("__list__", [body])))
        case "POST", "/channels/{channel_id}/messages" | "/webhooks/{webhook_id}/{webhook_token}":
            return list(rules.new_message_problems(body))
        case "POST", "/interactions/{interaction_id}/{interaction_token}/callback":
            rule = CALLBACK_RULES.get(body["type"])
            return list(rule(body.get("data") or {})) if rule is not None else []
    return []


def _too_many(retry_after: float, headers: dict[str, str]) -> web.Response:
    response = _json({"message": "You are being rate limited.", "retry_after": retry_after, "global": False}, 429)
    # discord.py takes a 429 without Via for a ban by the network in front of Discord.
    response.headers.update(headers | {"Via": "1.1 loopback", "Retry-After": f"{retry_after:.3f}"})
    return response


def _json(body: object, status: int) -> web.Response:
    # The header must be exactly this: discord.py takes anything else for plain text.
    return web.Response(body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json"})


async def _read(request: web.Request, route: str) -> Call:
    body: JSON = {}
    files: dict[str, bytes] = {}
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "payload_json":
                body = json.loads(await part.text())
            else:
                files[part.filename or ""] = bytes(await part.read())
    elif request.can_read_body:
        parsed = json.loads(await request.text() or "{}")
        body = {"__list__": parsed} if isinstance(parsed, list) else parsed
    return Call(
        method=request.method,
        route=route,
        path=request.path.removeprefix(PREFIX),
        parameters=dict(request.match_info),
        query=dict(request.query),
        body=body,
        files=files,
    )
