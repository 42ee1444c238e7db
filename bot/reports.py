"""What admins are shown: progress and summary of reindexing, the archive's state; pure. English only."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from bot.cards import Card, Tone
from bot.markup import escape, shorten, without_paths
from bot.metrics import Latency
from bot.reindexing import Job
from index import ArchiveStatus, IndexReport
from index.dates import display_date
from index.errors import DatelineError, IndexCancelled

_BAR = 20
_REASON = 1_000
_STAGES = {
    "reading": "Reading articles",
    "cutting": "Cutting articles into passages",
    "embedding": "Embedding passages",
}
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process's side of ``/status``. Seconds, bytes, milliseconds."""

    version: str
    uptime: float
    resident: int
    gateway_ms: float | None
    answers: Latency | None
    guilds: int
    shards: int
    waiting: int
    message_content: bool


def job_card(job: Job) -> Card:
    """A run as it stands."""
    who = f"-# Started by <@{job.actor_id}> <t:{int(job.started)}:R>"
    match job.outcome:
        case None:
            return Card(tone=Tone.NOTICE, blocks=("### Reindexing", progress_line(job), who), ruled=True)
        case IndexReport() as done:
            return Card(tone=Tone.DONE, blocks=("### Reindexed", summary(done), who), ruled=True)
        case IndexCancelled():
            text = "Cancelled. The archive is as it was before."
            return Card(tone=Tone.NO_ANSWER, blocks=("### Reindexing", text, who), ruled=True)
        case DatelineError() as error:
            reason = escape(shorten(without_paths(str(error)), _REASON).text)
            return Card(tone=Tone.PROBLEM, blocks=("### Reindexing failed", reason, who), ruled=True)
        case _:
            text = "It ended with an unexpected error; the archive is as it was before. See the bot's log."
            return Card(tone=Tone.PROBLEM, blocks=("### Reindexing failed", text, who), ruled=True)


def progress_line(job: Job) -> str:
    """How far a run is, in words and as a bar where the end is known."""
    if job.cancelled:
        return "Cancelling…"
    progress = job.progress
    if progress is None:
        return "Starting…"
    stage = escape(_STAGES.get(progress.stage, progress.stage[:1].upper() + progress.stage[1:]))
    if not progress.total:
        return f"{stage}: {progress.done:,}"
    filled = min(_BAR, _BAR * progress.done // progress.total)
    return f"{stage}: {progress.done:,} of {progress.total:,}\n`{'█' * filled}{'░' * (_BAR - filled)}`"


def summary(done: IndexReport) -> str:
    """What a run did."""
    lines = [
        f"**{done.articles:,}** articles, {done.passages:,} passages, generation {done.generation}",
        f"{done.added:,} added · {done.changed:,} changed · {done.removed:,} removed · {done.unchanged:,} unchanged"
        f" · {len(done.skipped):,} skipped",
        f"{done.embedded:,} passages embedded, {done.seconds:.1f} s",
    ]
    return "\n".join(lines)


def summary_file(done: IndexReport) -> bytes:
    """The summary with every skipped input and its reason, as CSV."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["what", "path", "line", "reason"])
    for name in ("added", "changed", "removed", "unchanged"):
        rows.writerow([name, "", "", getattr(done, name)])
    for skipped in done.skipped:
        rows.writerow(
            ["skipped", safe_cell(skipped.path), skipped.line or "", safe_cell(without_paths(skipped.reason))]
        )
    return text.getvalue().encode()


def safe_cell(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def status_card(status: ArchiveStatus | None, health: Health, lacking: str) -> Card:
    """The archive and the process. ``lacking`` names permissions that the bot misses here, if any."""
    if status is None:
        archive = "There is no archive yet: build it with `/reindex`."
    else:
        span = "undated"
        if status.earliest and status.latest:
            span = f"{display_date(status.earliest)} – {display_date(status.latest)}"
        indexed = escape(status.indexed_at or "never")
        archive = (
            f"**Generation {status.generation}**, indexed {indexed}\n"
            f"{status.articles:,} articles from {status.outlets:,} outlets, {span}\n"
            f"{status.passages:,} passages, {status.bytes_on_disk / _MIB:.1f} MiB on disk\n"
            f"Embedder {escape(without_paths(status.embedder))}, reader {escape(status.reader)}"
        )
        archive += "".join(f"\n⚠ {escape(without_paths(warning))}" for warning in status.warnings)
    gateway = "unknown" if health.gateway_ms is None else f"{health.gateway_ms:.0f} ms"
    hours, seconds = divmod(int(health.uptime), 3600)
    process = (
        f"Version {escape(health.version)}, up {hours} h {seconds // 60} min, {health.resident / _MIB:.0f} MiB\n"
        f"{_answer_times(health.answers)}\n"
        f"Gateway {gateway}, {health.shards} shards, {health.guilds:,} servers, {health.waiting:,} questions waiting\n"
        f"Message content intent: {'on' if health.message_content else 'off'}"
    )
    blocks = ["### Status", archive, process]
    if lacking:
        blocks.append(f"⚠ Missing permissions in this channel: {lacking}")
    return Card(tone=Tone.PROBLEM if lacking or status is None else Tone.DONE, blocks=tuple(blocks), ruled=False)


def _answer_times(latency: Latency | None) -> str:
    if latency is None:
        return "Answers: none since the start"
    one = latency.answers == 1
    return (
        f"Answers ({'the last one' if one else f'the last {latency.answers}'}): median {latency.median:.1f} s, "
        f"95 % within {latency.p95:.1f} s; of it retrieving {latency.retrieve * 1000:.0f} ms, "
        f"reading {latency.read * 1000:.0f} ms"
    )
