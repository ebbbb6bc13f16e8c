"""What a service keeps of another's records."""

from __future__ import annotations

from typing import Any

from services.finance.models import CustomerCopy
from services.finance.service import FinanceService
from shared.db import keep_newest, new_id


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
