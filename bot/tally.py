"""What a guild asked, counted: by day, by outcome, by feedback, and what went unanswered by topic."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from bot.cards import Card, Tone
from bot.ledger import DAY
from bot.markup import escape, shorten
from bot.reports import safe_cell

_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_TOPICS: Final = 8
_EXAMPLE: Final = 80
_COMMON: Final = set(
    re.findall(
        r"\w+",
        "about after all also and any are been before but can could did does for from get had has have her him his how "
        "into its last many more most much new not now of off one our out over say said says she should some than that "
        "the their them then there these they this those until was were what when where which while who whom whose why "
        "will with would you your",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A word that unanswered questions share, with one of them."""

    word: str
    count: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The counts of a span of days. ``by_day`` maps ISO days to (answered, unanswered)."""

    days: int
    answered: int
    unanswered: int
    helpful: int
    not_helpful: int
    reasons: dict[str, int]
    median_seconds: float | None
    by_day: dict[str, tuple[int, int]]
    topics: tuple[Topic, ...]


def tally(connection: sqlite3.Connection, guild_id: int, days: int) -> Tally:
    """Counts a guild's questions of the last days; private ones give no topic. Days are UTC."""
    since = time.time() - days * DAY
    rows = connection.execute(
        "SELECT asked_at, question, private, answered, seconds FROM questions"
        " WHERE guild_id = ? AND asked_at >= ? AND answered IS NOT NULL",
        (guild_id, since),
    ).fetchall()
    today = dt.datetime.now(dt.UTC).date()
    by_day = {(today - dt.timedelta(days=back)).isoformat(): [0, 0] for back in reversed(range(days))}
    for row in rows:
        day = dt.datetime.fromtimestamp(row["asked_at"], dt.UTC).date().isoformat()
        by_day.setdefault(day, [0, 0])[0 if row["answered"] else 1] += 1
    feedback = connection.execute(
        "SELECT helpful, reason FROM feedback JOIN questions ON questions.id = question_id"
        " WHERE guild_id = ? AND given_at >= ?",
        (guild_id, since),
    ).fetchall()
    seconds = sorted(row["seconds"] for row in rows if row["seconds"] is not None)
    return Tally(
        days=days,
        answered=sum(bool(row["answered"]) for row in rows),
        unanswered=sum(not row["answered"] for row in rows),
        helpful=sum(bool(row["helpful"]) for row in feedback),
        not_helpful=sum(not row["helpful"] for row in feedback),
        reasons=dict(Counter(row["reason"] for row in feedback if row["reason"])),
        median_seconds=seconds[len(seconds) // 2] if seconds else None,
        by_day={day: (counts[0], counts[1]) for day, counts in by_day.items()},
        topics=topics([row["question"] for row in rows if not row["answered"] and not row["private"]]),
    )


def topics(questions: list[str]) -> tuple[Topic, ...]:
    """The words that most questions share; each question counts once for each, and goes to its commonest word only."""
    words = [{word.casefold() for word in _WORD.findall(question)} - _COMMON for question in questions]
    overall = Counter(word for own in words for word in own)
    grouped: dict[str, list[str]] = {}
    for question, own in zip(questions, words, strict=True):
        if own:
            topic = min(own, key=lambda word: (-overall[word], -len(word), word))
            grouped.setdefault(topic, []).append(question)
    ranked = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Topic(word=word, count=len(asked), example=asked[0]) for word, asked in ranked[:_TOPICS])


def tally_card(counted: Tally) -> Card:
    """The counts as tables."""
    asked = counted.answered + counted.unanswered
    rows = [
        ("Questions", asked),
        ("Answered", counted.answered),
        ("Unanswered", counted.unanswered),
        ("Helpful", counted.helpful),
        ("Not helpful", counted.not_helpful),
        *((f"  {reason}", count) for reason, count in sorted(counted.reasons.items())),
    ]
    table = "\n".join(f"{name:<14}{count:>8,}" for name, count in rows)
    blocks = [f"### Questions of the last {counted.days} days", f"```\n{table}\n```"]
    if counted.topics:
        lines = [
            f"- **{escape(topic.word)}** ({topic.count}): {escape(shorten(topic.example, _EXAMPLE).text)}"
            for topic in counted.topics
        ]
        blocks.append("Unanswered, by topic:\n" + "\n".join(lines))
    if counted.median_seconds is not None:
        blocks.append(f"-# Half of the answers took less than {counted.median_seconds:.1f} s")
    return Card(tone=Tone.DONE, blocks=tuple(blocks))


def export(connection: sqlite3.Connection, guild_id: int, days: int) -> bytes:
    """A guild's questions with outcome and feedback as CSV; private ones have no text, and nothing tells who asked."""
    rows = connection.execute(
        "SELECT questions.id, asked_at, channel_id, CASE WHEN private THEN '' ELSE question END, answered, confidence,"
        " seconds,"
        " (SELECT count(*) FROM feedback WHERE question_id = questions.id AND helpful) AS helpful,"
        " (SELECT count(*) FROM feedback WHERE question_id = questions.id AND NOT helpful) AS not_helpful,"
        " (SELECT group_concat(reason, ' ') FROM feedback WHERE question_id = questions.id) AS reasons"
        " FROM questions WHERE guild_id = ? AND asked_at >= ? AND answered IS NOT NULL ORDER BY questions.id",
        (guild_id, time.time() - days * DAY),
    )
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(
        [
            "id",
            "asked_at",
            "channel",
            "question",
            "answered",
            "confidence",
            "seconds",
            "helpful",
            "not_helpful",
            "reasons",
        ]
    )
    for row in rows:
        values = list(row)
        values[1] = dt.datetime.fromtimestamp(row["asked_at"], dt.UTC).isoformat(timespec="seconds")
        out.writerow([safe_cell(value) if isinstance(value, str) else value for value in values])
    return text.getvalue().encode()


def chart(counted: Tally) -> bytes:
    """The questions by day as a PNG, answered and unanswered stacked."""
    # Loaded here: it costs most of a second and 40 MB, and few guilds ever ask for a picture.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 3), dpi=110, layout="constrained")
    axes = figure.subplots()
    days = list(counted.by_day)
    answered = [counts[0] for counts in counted.by_day.values()]
    unanswered = [counts[1] for counts in counted.by_day.values()]
    places = range(len(days))
    axes.bar(places, answered, color="#2f6f9f", label="answered")
    axes.bar(places, unanswered, bottom=answered, color="#c9ccd1", label="unanswered")
    step = max(1, len(days) // 8)
    axes.set_xticks(list(places)[::step], [day[5:] for day in days][::step])
    axes.set_ylabel("questions")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=2, loc="upper left")
    image = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(image, format="png")
    return image.getvalue()
