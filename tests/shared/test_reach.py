"""How SQLite looks for a page of a list: along the sorted index where the caller sees much of the table, by owner where they see little."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.db import new_id
from shared.people import Person
from shared.resources import reach
from tests.doors import TestDoor
from tests.shared.library import Book

MANY, FEW = "a" * 36, "b" * 36
BOSS = "c" * 36


@pytest.fixture
def shelves(library: TestDoor) -> TestDoor:
    """Four hundred books of one person, four of another; both report to the same."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with library.database.transaction() as db:
        db.add_all(Person(id=who, name=who[0], manager_id=BOSS if who != BOSS else None) for who in (MANY, FEW, BOSS))
        db.add_all(
            Book(id=new_id(), title=f"{number}", number=f"{number}", owner_id=FEW if number % 101 == 0 else MANY, created_at=moment, updated_at=moment)
            for number in range(404)
        )  # fmt: skip
    return library


def plan_of(library: TestDoor, who: Any) -> str:
    """How the rows of a list are counted, which is how they are found too."""
    asked: list[str] = []
    driver = library.database.aside.dbapi_connection
    driver.set_trace_callback(asked.append)
    assert library.call("list_books", who, page_size=1)["items"]
    driver.set_trace_callback(None)
    (counted,) = [one for one in asked if "count(*)" in one]
    return "\n".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {counted}"))


on_sqlite = pytest.mark.parametrize("door_of", ["sqlite"], indirect=True)
"""PostgreSQL decides by itself."""


@on_sqlite
def test_who_sees_much_walks_and_who_sees_little_looks_up(shelves: TestDoor, caller: Any) -> None:
    boss, few = (caller(user_id=who, permissions=["*"], scopes={"books": "team"}) for who in (BOSS, FEW))
    assert "SEARCH books" not in plan_of(shelves, boss)
    assert "SEARCH books USING INDEX ix_books_owner_id" in plan_of(shelves, few)


def test_both_ways_show_the_same(shelves: TestDoor, caller: Any) -> None:
    boss, many, few = (caller(user_id=who, permissions=["*"], scopes={"books": "team"}) for who in (BOSS, MANY, FEW))
    found = '{"field": "title", "op": "contains", "value": "01"}'
    assert [shelves.call("list_books", who)["total"] for who in (boss, many, few)] == [404, 400, 4]
    assert [shelves.call("list_books", who, filter=found)["total"] for who in (boss, many, few)] == [4, 3, 1]
    assert {row["owner_id"] for row in shelves.call("list_books", many, page_size=100)["items"]} == {MANY}


@on_sqlite
def test_what_changed_is_seen_after_a_minute(shelves: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    few = caller(user_id=FEW, permissions=["*"], scopes={"books": "team"})
    assert "SEARCH books" in plan_of(shelves, few)
    with shelves.database.transaction() as db:
        db.query(Book).update({"owner_id": FEW})
    assert "SEARCH books" in plan_of(shelves, few)
    later = reach.time.monotonic() + reach.KEPT_SECONDS + 1
    monkeypatch.setattr(reach.time, "monotonic", lambda: later)
    assert "SEARCH books" not in plan_of(shelves, few)
