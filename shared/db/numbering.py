"""Human document numbers: a gap-tolerant sequence per prefix and day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import ChassisBase
from shared.db.loading import add_missing


class NumberSequence(ChassisBase):
    """The last number given out for a prefix on a day."""

    __tablename__ = "number_sequences"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_number(db: Session, prefix: str, day: date) -> str:
    """The next number of a day, as "SO20261123-0001". A rolled-back transaction leaves a gap, never a double."""
    add_missing(db, NumberSequence, {"prefix": prefix, "day": day, "last": 0})
    today = (NumberSequence.prefix == prefix) & (NumberSequence.day == day)
    db.execute(update(NumberSequence).where(today).values(last=NumberSequence.last + 1))
    last = db.scalars(select(NumberSequence.last).where(today)).one()
    return f"{prefix}{day:%Y%m%d}-{last:04d}"
