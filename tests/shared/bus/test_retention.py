"""What the bus' tables forget, and what they must not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from shared import clock
from shared.bus import retention
from shared.bus.inbox import InboxRunner
from shared.bus.tables import IdempotencyKey, Inbox, Outbox
from shared.db import new_id
from tests.doors import TestDoor
from tests.office import at_once
from tests.shared.library import LibraryService

NOW = clock.now()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def door(door_of: Any, monkeypatch: pytest.MonkeyPatch) -> TestDoor:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    made: TestDoor = door_of(LibraryService)
    return made


def sent(days: float | None, *, made: float | None = None) -> dict[str, Any]:
    """A row of the outbox, sent so many days ago; None where it never was."""
    created = ago(made if made is not None else days or 0)
    return {
        "event_id": new_id(),
        "name": "x",
        "key": "k",
        "envelope": {},
        "created_at": created,
        "sent_at": None if days is None else ago(days),
        "attempts": 0,
    }


def handled(days: float | None, *, came: float | None = None, status: str = "done") -> dict[str, Any]:
    received = ago(came if came is not None else days or 0)
    return {"event_id": new_id(), "handler": "h", "publisher": "p", "name": "x", "key": "k", "sequence": 1, "envelope": {}, "status": status,
            "attempts": 0, "received_at": received, "next_attempt_at": received, "done_at": None if days is None else ago(days)}  # fmt: skip


def answered(days: float) -> dict[str, Any]:
    return {"user_id": "u", "key": new_id(), "method": "m", "body_hash": "h", "status": 200, "answer": "{}", "created_at": ago(days)}


def fill(door: TestDoor, model: type[Any], *rows: dict[str, Any]) -> None:
    with door.database.transaction() as db:
        for row in rows:
            db.add(model(**row))
            db.flush()


def ages(door: TestDoor, column: Any) -> list[float]:
    with door.database.transaction(read=True) as db:
        return [round((NOW - at) / timedelta(days=1), 1) for at in db.scalars(select(column).order_by(column))]


def test_sent_events_go_after_thirty_days_and_others_stay(door: TestDoor) -> None:
    fill(
        door,
        Outbox,
        *(sent(days) for days in (90, 80, 70, 60, 50, 31)),
        sent(None, made=100),
        sent(29, made=40),
        sent(40),
        sent(29),
        sent(1),
    )
    door.tick("forget_old_rows")
    assert ages(door, Outbox.created_at) == [100, 40, 29, 1]


def test_the_newest_row_stays_so_that_numbers_go_on(door: TestDoor) -> None:
    fill(door, Outbox, *(sent(90) for _ in range(7)))
    with door.database.transaction(read=True) as db:
        newest = db.scalar(select(func.max(Outbox.position))) or 0
    door.tick("forget_old_rows")
    assert ages(door, Outbox.created_at) == [90]
    fill(door, Outbox, sent(0))
    with door.database.transaction(read=True) as db:
        assert (db.scalar(select(func.max(Outbox.position))) or 0) > newest


def test_handled_events_go_a_day_later_and_open_ones_stay(door: TestDoor) -> None:
    fill(door, Inbox, *(handled(days) for days in (90, 80, 70, 60)), handled(None, came=99, status="parked"), handled(None, came=98, status="pending"),
         handled(2, came=97), handled(32), handled(30.5), handled(1))  # fmt: skip
    door.tick("forget_old_rows")
    assert ages(door, Inbox.received_at) == [99, 98, 97, 30.5, 1]


def test_answers_go_after_thirty_days(door: TestDoor) -> None:
    fill(door, IdempotencyKey, *(answered(days) for days in (90, 80, 70, 60, 50, 40, 31, 29, 1)))
    door.tick("forget_old_rows")
    assert ages(door, IdempotencyKey.created_at) == [29, 1]


def test_the_setting_says_how_long(door: TestDoor) -> None:
    object.__setattr__(door.settings, "keep_events_days", 5)
    fill(door, Outbox, sent(6), sent(4), sent(0))
    fill(door, Inbox, handled(6.5), handled(5.5), handled(0))
    fill(door, IdempotencyKey, answered(6), answered(4))
    door.tick("forget_old_rows")
    assert (ages(door, Outbox.created_at), ages(door, Inbox.received_at), ages(door, IdempotencyKey.created_at)) == ([4, 0], [5.5, 0], [4])


def test_what_comes_again_while_its_publisher_still_has_it_is_known(door: TestDoor) -> None:
    """An event is sent again when its sender died before it could mark it: then it is not old enough to be forgotten by those who heard it."""
    runner = InboxRunner(door)
    envelope = {
        "id": new_id(), "publisher": "identity", "name": "user_created", "key": new_id(), "sequence": 1, "at": "", "caller": None,
        "data": {"user_id": new_id(), "name": "Wang", "manager_id": None, "department_id": None, "roles": [], "is_active": True, "version": 1},
    }  # fmt: skip
    runner.store([envelope])
    assert runner.handle_next() == 1
    with door.database.transaction() as db:
        row = db.scalars(select(Inbox)).one()
        row.received_at = row.done_at = ago(30.9)
    fill(door, Inbox, handled(0))
    door.tick("forget_old_rows")
    runner.store([envelope])
    assert runner.handle_next() == 0


def test_several_replicas_do_it_at_once(door: TestDoor) -> None:
    fill(door, Outbox, *(sent(90) for _ in range(40)), *(sent(1) for _ in range(3)))
    fill(door, Inbox, *(handled(90) for _ in range(40)), handled(1))
    fill(door, IdempotencyKey, *(answered(90) for _ in range(40)), answered(1))
    assert at_once([lambda: door.run_timer("forget_old_rows")] * 4) == [None] * 4
    assert (len(ages(door, Outbox.created_at)), len(ages(door, Inbox.received_at)), len(ages(door, IdempotencyKey.created_at))) == (3, 1, 1)


@pytest.fixture
def plans(door: TestDoor) -> Iterator[list[str]]:
    """How the database goes about what the timer asks of it."""
    found: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if door.database.is_sqlite else "EXPLAIN "
    asked: list[tuple[str, Any]] = []

    @event.listens_for(door.database.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if any(table in statement for table in ("outbox", "inbox", "idempotency_keys")) and not statement.startswith("EXPLAIN"):
            asked.append((statement, parameters))

    yield found
    event.remove(door.database.engine, "before_cursor_execute", note)
    with door.database.engine.connect() as connection:
        if not door.database.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in asked:
            found.extend(" ".join(map(str, row)) for row in connection.exec_driver_sql(explain + statement, parameters))
    assert found
    assert [line for line in found if line.split()[-2:-1] == ["SCAN"] or "Seq Scan" in line] == []


def test_no_table_is_read_through(door: TestDoor, plans: list[str]) -> None:
    fill(door, Outbox, *(sent(90) for _ in range(4)), sent(0))
    fill(door, Inbox, *(handled(90) for _ in range(4)), handled(0))
    fill(door, IdempotencyKey, answered(90), answered(0))
    plans.clear()
    door.tick("forget_old_rows")


def test_the_young_end_it(door: TestDoor) -> None:
    """Nothing old: one look at the head of each table, however much there is."""
    fill(door, Outbox, *(sent(1) for _ in range(30)))
    asked: list[str] = []

    @event.listens_for(door.database.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append(statement)

    door.tick("forget_old_rows")
    event.remove(door.database.engine, "before_cursor_execute", note)
    assert len([one for one in asked if "FROM outbox" in one]) == 1
