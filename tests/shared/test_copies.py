"""Rows that go in without a model's object: what a service keeps of another's records, and what every write adds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from services.finance.models import CustomerCopy
from services.finance.service import FinanceService
from shared.db import add_missing, keep_newest, new_id
from shared.db.quick import QuickInsert
from tests.doors import TestDoor
from tests.shared.library import Volume


def test_the_newest_is_kept_whatever_comes_after_it(door_of: Any) -> None:
    with door_of(FinanceService).database.transaction() as db:
        known = new_id()

        def tell(version: int, name: str) -> tuple[bool, str]:
            is_news = keep_newest(db, CustomerCopy, id=known, name=name, owner_id=None, version=version, is_deleted=False)
            return is_news, db.get_one(CustomerCopy, known).name

        assert tell(2, "Second") == (True, "Second")
        assert tell(1, "First") == (False, "Second")
        assert tell(2, "Second again") == (False, "Second")
        assert tell(3, "Third") == (True, "Third")
        # What the session changed and did not write yet is no older than what comes after it.
        db.get_one(CustomerCopy, known).is_deleted = True
        assert tell(3, "Third again") == (False, "Third")
        assert db.get_one(CustomerCopy, known).is_deleted is True
        assert tell(4, "Fourth") == (True, "Fourth")
        assert db.get_one(CustomerCopy, known).is_deleted is False


def test_rows_go_in_as_their_model_would_have_them(library: TestDoor) -> None:
    columns = inspect(Volume).column_attrs
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    given = {
        "title": "t", "price": Decimal("12.30"), "weight": Decimal("1.250"), "pages": 3, "is_rare": True, "printed_on": at.date(),
        "lent_at": at, "custom": {"c_x": ["书"]},
    }  # fmt: skip
    with library.database.transaction() as db:
        first, second, model = (new_id() for _ in range(3))
        assert QuickInsert(Volume.__table__).add(db, {"id": first, **given}, {"id": second, **given}) == 2
        db.add(Volume(id=model, **given))
        db.flush()
        told = [
            {one.key: getattr(db.get_one(Volume, row_id), one.key) for one in columns} | {"id": ""} for row_id in (first, second, model)
        ]
        assert told[0] == told[1] == told[2]
        with pytest.raises(IntegrityError), db.begin_nested():
            QuickInsert(Volume.__table__).add(db, {"id": first, **given})
        third = new_id()
        assert add_missing(db, Volume, {"id": first, **given}, {"id": third, **given}) == 1
        assert db.get_one(Volume, third).title == "t"
