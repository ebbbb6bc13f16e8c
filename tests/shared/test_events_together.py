"""The inbox handles a few events in one transaction; one that fails takes nobody with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.bus.inbox import TOGETHER, InboxRunner
from shared.bus.tables import Inbox
from shared.contracts.activity import ReminderCreated
from shared.db.base import new_id
from tests.doors import TestDoor
from tests.shared.library import Heard

MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def envelope(sequence: int, *, key: str = "", **changed: Any) -> dict[str, Any]:
    event = ReminderCreated(reminder_id=key or f"r{sequence}", user_id="u", kind="x", text=str(sequence), remind_at=MOMENT)
    return {
        "id": new_id(), "name": event.wire_name(), "publisher": event.publisher, "key": event.key, "sequence": sequence,
        "data": event.encode() | changed,
    }  # fmt: skip


def heard(library: TestDoor) -> list[str]:
    with library.database.transaction(read=True) as db:
        return sorted(row.text for row in db.query(Heard))


def statuses(library: TestDoor) -> dict[int, tuple[str, int]]:
    with library.database.transaction(read=True) as db:
        return {row.sequence: (row.status, row.attempts) for row in db.query(Inbox)}


def test_one_call_handles_a_few_and_the_next_the_rest(library: TestDoor) -> None:
    inbox = InboxRunner(library)
    inbox.store(envelope(number) for number in range(TOGETHER + 1))
    assert inbox.handle_next()
    assert len(heard(library)) == TOGETHER
    assert inbox.handle_next()
    assert not inbox.handle_next()
    assert len(heard(library)) == TOGETHER + 1


def test_one_that_fails_is_tried_later_and_the_others_are_done(library: TestDoor) -> None:
    inbox = InboxRunner(library)
    inbox.store([envelope(1), envelope(2, remind_at="no moment"), envelope(3)])
    assert inbox.handle_next()
    assert heard(library) == ["1", "3"]
    assert statuses(library) == {1: ("done", 0), 2: ("pending", 1), 3: ("done", 0)}


def test_events_of_one_key_are_handled_in_order_though_together(library: TestDoor) -> None:
    inbox = InboxRunner(library)
    inbox.store([envelope(2, key="same"), envelope(1, key="same", remind_at="no moment")])
    assert inbox.handle_next()
    assert heard(library) == []
    assert statuses(library) == {1: ("pending", 1), 2: ("pending", 0)}
