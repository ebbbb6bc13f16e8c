"""The inbox: store first, acknowledge, then work; a failure stays as a row and is tried again.

A handler runs in one transaction with its row's "done". Later events of the same aggregate wait behind one that is not
done, so that a handler never sees them out of order.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from shared import clock
from shared.bus.door import Door
from shared.bus.tables import Inbox
from shared.contracts.base import UnknownEvent

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)
IDLE_SECONDS = 1.0
TOGETHER = 8
"""How many events may share a transaction: a commit costs as much as a small handler, but everybody else waits for it."""


def wait_before(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: one second, doubling, at most an hour."""
    doubled: int = 2 ** (attempts - 1)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


class InboxRunner:
    """Stores and handles the events of one service. `run` blocks until `stop`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._subscriptions = type(door.service).subscriptions()
        self._wake = threading.Event()
        self._stopping = False

    def store(self, envelopes: Iterable[dict[str, Any]]) -> None:
        """Keep events, once per handler and event id, then wake the runner. Raises what the database raises."""
        now = clock.now()
        rows = [row for envelope in envelopes for row in self._rows(envelope, now)]
        if rows:
            with self._door.database.transaction() as db:
                db.execute(_insert(db).on_conflict_do_nothing(index_elements=["event_id", "handler"]), rows)
        self._wake.set()

    def run(self) -> None:
        """Handle what is due until stopped."""
        while not self._stopping:
            try:
                worked = self.handle_next()
            except Exception:
                log.exception("inbox_failed")
                worked = False
            if worked:
                # On SQLite nothing in a handler waits: calls would starve behind a long inbox.
                time.sleep(0)
            else:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def stop(self) -> None:
        """End `run` after the event in hand."""
        self._stopping = True
        self._wake.set()

    def handle_next(self) -> bool:
        """Handle the next events that are due, a few in one transaction; False when there is none.

        When one of them fails, none has happened, and they are handled one by one.
        """
        try:
            return self._handle(TOGETHER, taken=[])
        except Exception:
            return sum(self._handle_or_note() for _ in range(TOGETHER)) > 0

    def _handle_or_note(self) -> bool:
        taken: list[int] = []
        try:
            return self._handle(1, taken)
        except Exception as error:
            if not taken:
                raise
            self._failed(taken[-1], error)
            return True

    def _handle(self, limit: int, taken: list[int]) -> bool:
        def work(db: Session) -> bool:
            for row in db.scalars(DUE, {"now": clock.now(), "limit": limit}).all():
                taken.append(row.id)
                self._door.run_handler(row.handler, row.envelope, db)
                row.status, row.done_at, row.last_error = "done", clock.now(), None
            db.flush()
            return bool(db.info.pop("published", False))

        if self._door.database.run(work):
            self._door.on_commit()
        return bool(taken)

    def _failed(self, row_id: int, error: Exception) -> None:
        with self._door.database.transaction() as db:
            row = db.get_one(Inbox, row_id, with_for_update=True)
            row.attempts += 1
            row.last_error = "".join(traceback.format_exception_only(error)).strip()[:2000]
            row.next_attempt_at = clock.now() + wait_before(row.attempts)
            hopeless = isinstance(error, UnknownEvent)
            row.status = "parked" if hopeless or row.attempts >= MAX_ATTEMPTS else "pending"
            log.warning(
                "event_handler_failed", handler=row.handler, event_name=row.name, key=row.key, attempts=row.attempts,
                status=row.status, error=row.last_error, exc_info=error,
            )  # fmt: skip

    def _rows(self, envelope: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        handlers = self._subscriptions.get((envelope["publisher"], envelope["name"]), [])
        return [
            {
                "event_id": envelope["id"], "handler": handler, "publisher": envelope["publisher"], "name": envelope["name"],
                "key": envelope["key"], "sequence": envelope["sequence"], "envelope": envelope, "status": "pending",
                "attempts": 0, "received_at": now, "next_attempt_at": now,
            }
            for handler in handlers
        ]  # fmt: skip


def retry_parked(db: Session, row_id: int, now: datetime) -> None:
    """Give a parked event another ten attempts, from now."""
    row = db.get_one(Inbox, row_id, with_for_update=True)
    row.status, row.attempts, row.next_attempt_at = "pending", 0, now


def _due() -> Select[Inbox]:
    earlier = aliased(Inbox)
    waits = exists().where(
        earlier.publisher == Inbox.publisher, earlier.key == Inbox.key, earlier.handler == Inbox.handler,
        earlier.status != "done", earlier.sequence < Inbox.sequence,
    )  # fmt: skip
    due = select(Inbox).where(Inbox.status == "pending", Inbox.status != "done", Inbox.next_attempt_at <= bindparam("now"), ~waits)
    return due.order_by(Inbox.id).limit(bindparam("limit")).with_for_update(skip_locked=True)


DUE = _due()


def _insert(db: Session) -> Any:
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(Inbox)
