"""Human document numbers: a gap-tolerant sequence per kind of document and day (or month, year, or for ever)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import ChassisBase, Record
from shared.db.organisation import today
from shared.db.quick import INSERTS, Quick

PERIODS: Final = {"day": "%Y%m%d", "month": "%Y%m", "year": "%Y", "never": ""}
"""When a sequence starts again, and how its numbers tell the time."""


class NumberFormat(Record, ChassisBase):
    """How an administrator wants the numbers of a kind of document ("SO"); without a row they are as "SO20261123-0001"."""

    __tablename__ = "number_formats"

    document: Mapped[str] = mapped_column(String(8), unique=True)
    prefix: Mapped[str] = mapped_column(String(8))
    digits: Mapped[int] = mapped_column(default=4)
    restart: Mapped[str] = mapped_column(String(8), default="day")


class NumberSequence(ChassisBase):
    """The last number given out for a kind of document in a period ("20261123", "202611", "2026" or "")."""

    __tablename__ = "number_sequences"

    document: Mapped[str] = mapped_column(String(8), primary_key=True)
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    last: Mapped[int]


_formats: Any = NumberFormat.__table__
FORMAT = Quick(select(_formats.c.prefix, _formats.c.digits, _formats.c.restart).where(_formats.c.document == bindparam("document")))


def number_format(db: Session, document: str) -> NumberFormat:
    """The format of a kind of document: what was set, or the one every installation starts with (not stored)."""
    found = db.scalars(select(NumberFormat).where(NumberFormat.document == document)).one_or_none()
    return found or NumberFormat(document=document, prefix=document, digits=4, restart="day")


def next_number(db: Session, document: str) -> str:
    """The next number of a kind of document. A rolled-back transaction leaves a gap, never a double.

    The day is the organisation's.
    """
    day = today(db)
    connection = db.connection()
    prefix, digits, restart = FORMAT.first(db, document=document) or (document, 4, "day")
    period = {"document": document, "period": day.strftime(PERIODS[restart])}
    last = connection.execute(_next(connection.dialect.name), period).scalar_one()
    return written(prefix, digits, restart, day, last)


def written(prefix: str, digits: int, restart: str, day: date, last: int) -> str:
    """A number as people read it: "SO20261123-0001"."""
    return f"{prefix}{day.strftime(PERIODS[restart])}-{last:0{digits}d}"


@cache
def _next(dialect: str) -> Any:
    first = INSERTS[dialect](NumberSequence).values(document=bindparam("document"), period=bindparam("period"), last=1)
    counted = first.on_conflict_do_update(index_elements=["document", "period"], set_={"last": NumberSequence.last + 1})
    return counted.returning(NumberSequence.last)
