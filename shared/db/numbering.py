"""Human document numbers: a gap-tolerant sequence per prefix and day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db.base import ChassisBase


class NumberSequence(ChassisBase):
    """The last number given out for a prefix on a day."""

    __tablename__ = "number_sequences"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_number(db: Session, prefix: str, day: date) -> str:
    """The next number of a day, as "SO20261123-0001". A rolled-back transaction leaves a gap, never a double."""
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(NumberSequence).values(prefix=prefix, day=day, last=1)
    next_ = first.on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": NumberSequence.last + 1})
    last = db.scalars(next_.returning(NumberSequence.last)).one()
    return f"{prefix}{day:%Y%m%d}-{last:04d}"
