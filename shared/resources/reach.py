"""How much of a table a row scope reaches, and so how SQLite should look for a page of a list.

It keeps no statistics of that. With the scope's columns in sight it looks up every record in the scope and sorts them: right for the fifty of
a representative among a million, slow for a director whose team owns most of them, where a walk along the sorted index meets the twenty
of a page at once. PostgreSQL decides well by itself.
"""

from __future__ import annotations

import time
from random import Random
from typing import Any

from sqlalchemy import Boolean, ColumnElement, case, func, literal_column, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import Grouping, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from shared.db.one_of import among
from shared.db.quick import READS, Quick, reads_aside
from shared.resources.scope import EVERYTHING, built_once

SAMPLE = 200
"""Records looked at; enough to tell a half from a tenth."""

WIDE = 4
"""A scope is wide where it reaches one record in so many: then walking costs at most so many times what sorting does, and mostly far less."""

KEPT_SECONDS = 60.0


class Reach(Quick):
    """Whether a scope reaches much of a model's table: told by a random sample, and remembered for a minute for each database."""

    def __init__(self, model: Any, scope: ColumnElement[bool]) -> None:
        place: ColumnElement[int] = literal_column(f"{model.__table__.name}.rowid")
        hits = func.coalesce(func.sum(case((scope, 1), else_=0)), 0)
        super().__init__(select(func.count(model.id), hits).where(among(place, "places"), model.deleted_at.is_(None)))
        self._last = Quick(select(func.max(place)).select_from(model))

    def is_wide(self, db: Session) -> bool:
        """Whether it does. Raises DBAPIError."""
        known, now = db.info[READS].reached, time.monotonic()
        kept = known.get(self)
        if kept is None or kept[0] < now:
            kept = known[self] = (now + KEPT_SECONDS, self._sampled(db))
        return bool(kept[1])

    def _sampled(self, db: Session) -> bool:
        last = (self._last.first(db) or (0,))[0] or 0
        places = Random(last).sample(range(1, last + 1), min(SAMPLE, last))
        ((found, hits),) = self.rows(db, places=places)
        return bool(hits * WIDE >= found)


_reach = built_once(Reach)


@built_once
def _out_of_sight(scope: ColumnElement[bool]) -> ColumnElement[bool]:
    # To SQLite a plus says: compute this, look for no index in it.
    return UnaryExpression(Grouping(scope), operator=custom_op("+"), type_=Boolean())


def as_looked_for(db: Session, model: Any, scope: ColumnElement[bool]) -> ColumnElement[bool]:
    """The scope of a list, written so that the database finds a page of it fast. Raises DBAPIError."""
    if scope is EVERYTHING or reads_aside(db) is None or not _reach(model, scope).is_wide(db):
        return scope
    return _out_of_sight(scope)
