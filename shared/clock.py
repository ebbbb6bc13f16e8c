"""Time, read once at the edge and passed inward; days are the organisation's, moments are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def today(moment: datetime, time_zone: str) -> date:
    """The organisation's calendar day at a moment."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def start_of_day(day: date, time_zone: str) -> datetime:
    """The first moment of a day in the organisation's time zone, as UTC."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def end_of_day(day: date, time_zone: str) -> datetime:
    """The last second of a day in the organisation's time zone, as UTC."""
    return start_of_day(day + timedelta(days=1), time_zone) - timedelta(seconds=1)
