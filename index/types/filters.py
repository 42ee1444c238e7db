"""Filters, and the forms in which names and dates are compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Filters, applied inside the search. Bounds are inclusive whole days or exact instants.

    ``as_of`` hides whatever was published later; ``since`` and ``until`` bound the publication date. An article
    without a date matches no date filter. Outlets and sections match case-insensitively, any of those named.
    """

    as_of: dt.datetime | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    outlets: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def latest(self) -> dt.datetime | None:
        """The tighter of ``as_of`` and ``until``."""
        bounds = [bound for bound in (self.as_of, self.until) if bound is not None]
        return min(bounds) if bounds else None

    def __bool__(self) -> bool:
        return bool(self.as_of or self.since or self.until or self.outlets or self.sections)


def name_key(name: str) -> str:
    """The form in which outlets and sections are compared, by both engines and the database alike."""
    return " ".join(name.casefold().split())


def microseconds(moment: dt.datetime) -> int:
    """Microseconds since 1970 in UTC, in which dates are compared, by both alike; a naive moment counts as UTC.

    Exact, where a float's ``timestamp()`` is not.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
