"""The organisation's settings, as every service knows them: a copy of one row, which follows identity's events.

It is read from the database once in each transaction that needs it, so that a change counts at once in every replica.
"""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, Self

from sqlalchemy import String, Text, cast, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import clock
from shared.contracts.identity import OrganisationUpdated
from shared.db.base import ChassisBase
from shared.db.quick import Quick
from shared.db.types import IdType
from shared.settings import Settings

WORKING_DAYS = (1, 2, 3, 4, 5)
"""Monday to Friday, as ISO counts the days of a week."""


class OrganisationCopy(ChassisBase):
    """The one row that identity told of. `working_days` are ISO weekdays, 1 is Monday."""

    __tablename__ = "organisation_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    working_days: Mapped[list[Any]]
    version: Mapped[int]


class Organisation(NamedTuple):
    """The settings that count now."""

    name: str
    time_zone: str
    currency: str
    working_days: tuple[int, ...]

    @classmethod
    def at_first(cls, settings: Settings) -> Self:
        """What counts until identity has told."""
        return cls("", settings.time_zone, settings.currency, WORKING_DAYS)


_copy: Any = OrganisationCopy.__table__
TOLD = Quick(select(_copy.c.name, _copy.c.time_zone, _copy.c.currency, cast(_copy.c.working_days, Text)))


def organisation_of(db: Session) -> Organisation:
    """What counts in this transaction."""
    known: Organisation | None = db.info.get("organisation")
    if known is None:
        row = TOLD.first(db)
        known = db.info["organisation"] = _read(*row) if row else _at_first(db)
    return known


def today(db: Session) -> date:
    """The organisation's calendar day of the work at hand."""
    return clock.today(db.info.get("now") or clock.now(), organisation_of(db).time_zone)


def keep_organisation(db: Session, event: OrganisationUpdated) -> None:
    """Take over what identity tells; older news is ignored."""
    copy = db.get(OrganisationCopy, event.organisation_id, with_for_update=True) or OrganisationCopy(id=event.organisation_id, version=-1)
    if event.version > copy.version:
        copy.name, copy.time_zone, copy.currency = event.name, event.time_zone, event.currency
        copy.working_days, copy.version = list(event.working_days), event.version
        db.add(copy)
        db.flush()
        db.info.pop("organisation", None)


@lru_cache(16)
def _read(name: str, time_zone: str, currency: str, working_days: str) -> Organisation:
    return Organisation(name, time_zone, currency, tuple(json.loads(working_days)))


def _at_first(db: Session) -> Organisation:
    return Organisation.at_first(db.info.get("settings") or Settings())
