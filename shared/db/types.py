"""Column types: exact decimals, UTC moments and ids, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator


class _ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with a fixed number of places, stored as a whole number of its smallest unit.

    SQLite has no decimal type and would go through floats; whole numbers add, compare and sort exactly anywhere.
    """

    impl = BigInteger
    cache_ok = True
    places = 0

    def process_bind_param(self, value: Any, dialect: Dialect | None) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        whole = int(scaled)
        if whole != scaled:
            raise ValueError(f"{value} has more than {self.places} places")
        return whole

    def process_result_value(self, value: Any, dialect: Dialect | None) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MoneyType(_ExactDecimal):
    """An amount with two places; the database holds minor units (cents)."""

    cache_ok = True
    places = 2


class QuantityType(_ExactDecimal):
    """A quantity with three places."""

    cache_ok = True
    places = 3


class PercentType(_ExactDecimal):
    """A percentage with two places: 12.5 % is Decimal("12.50")."""

    cache_ok = True
    places = 2


class NumberType(_ExactDecimal):
    """A number with four places."""

    cache_ok = True
    places = 4


class TextDay(TypeDecorator[date]):
    """A calendar day as ISO text, for days inside JSON."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect | None) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect | None) -> date | None:
        return None if value is None else date.fromisoformat(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self


class TextMoment(TypeDecorator[datetime]):
    """A moment as UTC text of fixed width, for moments inside JSON: it sorts as it reads."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect | None) -> str | None:
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self


class MomentType(TypeDecorator[datetime]):
    """A moment in UTC. Naive datetimes are refused: they hide which clock they were read from."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def __repr__(self) -> str:
        return "MomentType()"


class IdType(String):
    """A UUIDv7 as its 36 characters."""

    def __init__(self) -> None:
        super().__init__(36)

    def __repr__(self) -> str:
        return "IdType()"
