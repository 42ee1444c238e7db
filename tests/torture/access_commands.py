"""Everything an admin may do, tried by everyone who should not, and by an admin with what is another guild's."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.discord_server.interactions import COMMAND
from tests.discord_server.payloads import message_event
from tests.discord_server.world import JSON, Message
from tests.torture.intruders import Scene, calm, changes, heard, kept, leaves, replay, scene, send, settled
from tests.torture.intruding import Intruder, Tried, filled, no_admins, refused, runner
from tests.torture.report import Plan, Row

OPEN_TO_ALL: Final = {"ask", "search", "article", "privacy", "join", "leave", "new", "Ask about this"}
"""Commands that everybody may use; every other one must be an admin's."""


async def admin_rows(plan: Plan) -> list[Row]:
    """Every admin command by everyone who is no admin there, and by an admin for what is another guild's."""
    async with scene(plan.folder / "admin") as play:
        commands, chat = Tried("admin commands by those who may not"), Tried("chat forms of commands by bots, webhooks")
        foreign, twice = Tried("settings with another guild's channel or role"), Tried("admin commands replayed")
        everything = list(leaves(play.loopback.world.commands))
        for path, _, top in everything:
            guarded = top.get("default_member_permissions") is not None
            if not guarded and path not in OPEN_TO_ALL:
                commands.lost.append(f"/{path} is open to all and nobody has said that it should be")
        admin_only = [(path, leaf) for path, leaf, top in everything if top.get("default_member_permissions")]
        for intruder in await no_admins(play):
            for path, leaf in admin_only:
                await refused(play, commands, f"/{path} by {intruder.who}", runner(play, intruder, path, leaf))
        await _chat(play, chat)
        await _foreign(play, foreign, admin_only)
        await _twice(play, twice, admin_only)
        return [
            commands.row(),
            chat.row("no answer, nothing changed"),
            foreign.row(),
            twice.row("done once, the second time nothing"),
        ]


async def _chat(play: Scene, tried: Tried) -> None:
    """What a bot and a webhook write is never heard; and no admin command has a form in chat."""
    world, names = play.loopback.world, sorted(command.qualified_name for command in play.bot.walk_commands())
    tried.lost += [f"!{name} is a chat command and nobody has said that it should be" for name in names
                   if name not in OPEN_TO_ALL]  # fmt: skip
    machine = world.add_user("other bot", bot=True)
    play.ours.members[machine.id] = play.ours.members[play.alice.user.id]
    paths = sorted({path for path, _, _ in leaves(world.commands)} | set(names))
    before = await kept(play)
    count = len(world.messages)
    for path in paths:
        for text in (f"!{path} ferry?", f"<@{world.bot.id}> {path} ferry?", f"<@{world.bot.id}> When will it resume?"):
            for webhook in (False, True):
                tried.tried += 1
                message = await play.loopback.messages.post(machine, play.room, {"content": text}, {}, announce=False)
                payload = _as_webhook(play, message) if webhook else None
                await _announce(play, message, payload)
    await play.loopback.messages.post(machine, world.direct_channel(machine), {"content": "!ask ferry?"}, {})
    tried.tried += 1
    await settled(play)
    said = [one.text for one in list(world.messages.values())[count:] if one.author is world.bot]
    changed = changes(before, await kept(play))
    if said or changed:
        tried.lost.append(f"a bot or webhook was answered: {said[-3:]}, changed: {changed}")


def _as_webhook(play: Scene, message: Message) -> JSON:
    payload = message_event(play.loopback.world, message, 1 << 15)
    # A webhook's author need not be marked as a bot.
    payload["author"] = payload["author"] | {"bot": False}
    payload.pop("member", None)
    return payload | {"webhook_id": str(message.id)}


async def _announce(play: Scene, message: Message, payload: JSON | None) -> None:
    if payload is None:
        await play.loopback.messages.announce("MESSAGE_CREATE", message)
        return
    await play.loopback.gateway.dispatch("MESSAGE_CREATE", play.ours.id, lambda _: payload)


async def _foreign(play: Scene, tried: Tried, admin_only: list[tuple[str, JSON]]) -> None:
    """An admin names what is another guild's; Discord's own apps don't offer that, so the payload is forged."""
    for path, leaf in admin_only:
        taken = {option["type"] for option in leaf.get("options") or []} & {7, 8}
        if not taken:
            continue
        owner = play.loopback.owner(play.ours)
        their_role = await play.loopback.new_role(play.theirs, "theirs")
        play.ours.roles[their_role.id] = their_role  # so that the payload can be made
        data = owner._command_data(play.room, path, filled(leaf, play.their_room, their_role.id), forced=True)
        del play.ours.roles[their_role.id]
        what = f"/{path} for {'a channel' if 7 in taken else 'a role'} of another guild"
        await refused(
            play, tried, what, lambda data=data, owner=owner: send(play, owner.user, play.room, COMMAND, data)
        )  # type: ignore[misc]


async def _twice(play: Scene, tried: Tried, admin_only: list[tuple[str, JSON]]) -> None:
    """By somebody who may: done and noted in the audit, once."""
    owner = Intruder(who="the owner", user=play.loopback.owner(play.ours).user, channel=play.room)
    for path, leaf in admin_only:
        tried.tried += 1
        noted = await _audited(play)
        done = await runner(play, owner, path, leaf)()
        await heard(play, done)
        for _ in range(200):
            if await _audited(play) > noted:
                break
            await asyncio.sleep(0.05)
        else:
            tried.lost.append(f"/{path} is in no audit")
        await calm(play)
        before, words = await kept(play), await heard(play, done)
        await replay(play, done)
        await calm(play)
        if (changed := changes(before, await kept(play))) or await heard(play, done) != words:
            tried.lost.append(f"/{path} done twice: {changed}")


async def _audited(play: Scene) -> int:
    return len(await play.bot.office.file(lambda: play.bot.office.audit.entries(limit=10**6)))
