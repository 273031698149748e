"""The run's instant: nothing else asks the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

__all__ = ["AsOf", "now"]


@dataclass(frozen=True, slots=True)
class AsOf:
    """The instant that a run looks back from; what happened at it or later is not known.

    ``day`` is the local date of the instant: windows are ``[day - w, day)``, so the last
    whole day that counts is the day before ``day``.
    """

    instant: datetime
    zone: str

    @classmethod
    def at_start_of(cls, day: date, zone: str) -> AsOf:
        """Midnight at the start of ``day`` in ``zone``: the end of the day before it."""
        local = datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))
        return cls(local.astimezone(UTC), zone)

    @classmethod
    def parsed(cls, text: str, zone: str) -> AsOf:
        """An ISO date (its midnight in ``zone``) or an ISO instant.

        Raises: ValueError when the text is neither.
        """
        if len(text) == len("2026-03-31"):
            return cls.at_start_of(date.fromisoformat(text), zone)
        at = datetime.fromisoformat(text)
        local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        return cls(local.astimezone(UTC), zone)

    @property
    def day(self) -> date:
        """The local date of the instant, itself not yet part of any window."""
        return self.instant.astimezone(ZoneInfo(self.zone)).date()

    @property
    def naive_utc(self) -> datetime:
        """The instant in UTC without its zone, as the tables store instants."""
        return self.instant.replace(tzinfo=None)

    def __str__(self) -> str:
        return self.instant.astimezone(ZoneInfo(self.zone)).isoformat()


def now() -> datetime:
    """The wall clock in UTC: for the default ``as_of``, lock files and progress, never for a decision."""
    return datetime.now(UTC)
