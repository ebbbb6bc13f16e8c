"""The inbox: store, acknowledge, work; a failure stays as a row and is tried again.

On SQLite what comes in is handled, where that goes well, in the transaction that stores it; everything else is handled by `run`.
A handler runs in one transaction with its row's "done". Later events of the same aggregate wait behind one that is not
done, whichever handlers they go to: two handlers often write the same row, and an old fact must not overwrite a new one.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, exists, literal, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, aliased

from shared import clock
from shared.bus.door import Door
from shared.bus.tables import Inbox
from shared.contracts.base import UnknownEvent
from shared.db.loading import add_missing

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)
IDLE_SECONDS = 1.0
TOGETHER = 8
"""How many events share a transaction: a commit costs as much as a small handler, but a call waits while they run."""
PAUSE_SECONDS = 0.01
"""After a transaction that had room for more: the next one finds the events that come in quick succession together."""
DONE = literal("done", literal_execute=True)
"""Written into the statement: SQLite uses a partial index only where its condition stands there word for word."""


class UnstorableEvent(Exception):
    """The database refuses an event's values: a text too long, a number too large, a character it does not know."""


def wait_before(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: one second, doubling, at most an hour."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


class InboxRunner:
    """Stores and handles the events of one service. `run` blocks until `stop`; several may run at once on PostgreSQL."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._subscriptions = type(door.service).subscriptions()
        self._wake = threading.Semaphore(0)
        self._stopping = False

    def take(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Keep events and, on SQLite, handle the first that are due in the same transaction: one more would cost as much as a handler.

        On PostgreSQL a handler may wait for a lock while others go on, and must not hold up what comes in. Raises what `store` raises.
        """
        if not self._door.database.is_sqlite:
            self.store(envelopes)
            return
        rows = self._rows_of(envelopes)
        if not rows:
            return
        try:
            handled, published = self._door.database.run(lambda db: self._handle_some(db, arrived=rows))
        except Exception as error:
            log.info("events_stored_only", error=type(error).__name__)
            self.store(envelopes)
            return
        if published:
            self._door.on_commit()
        if handled < len(rows) or handled == TOGETHER:
            self._wake.release()

    def store(self, envelopes: Iterable[dict[str, Any]]) -> None:
        """Keep events, once per handler and event id, then wake the runner.

        Raises UnstorableEvent when one of them can never be kept, else what the database raises.
        """
        rows = self._rows_of(envelopes)
        try:
            with self._door.database.transaction() as db:
                if rows:
                    add_missing(db, Inbox, *rows)
        except (DataError, ValueError, OverflowError) as error:
            raise UnstorableEvent from error
        self._wake.release()

    def run(self) -> None:
        """Handle what is due until stopped."""
        while not self._stopping:
            try:
                handled = self.handle_next()
            except Exception:
                log.exception("inbox_failed")
                handled = 0
            if handled:
                # Even where more waits: on SQLite nothing in a handler yields, and calls would starve behind a long inbox.
                time.sleep(0 if handled == TOGETHER else PAUSE_SECONDS)
            else:
                self._sleep()

    def stop(self) -> None:
        """End `run` after the event in hand."""
        self._stopping = True
        self._wake.release()

    def handle_next(self) -> int:
        """Handle the next events that are due, a few in one transaction, and say how many.

        Raises what the database raises when it is away.
        """
        handled, published = self._door.database.run(self._handle_some)
        if published:
            self._door.on_commit()
        return handled

    def _handle_some(self, db: Session, arrived: Sequence[dict[str, Any]] = ()) -> tuple[int, bool]:
        if arrived:
            add_missing(db, Inbox, *arrived)
        rows = db.scalars(DUE, {"now": clock.now(), "limit": TOGETHER}).all()
        for row in rows:
            self._handle_one(db, row)
            if self._stopping:
                break
        db.flush()
        return len(rows), bool(db.info.get("published"))

    def _handle_one(self, db: Session, row: Inbox) -> None:
        try:
            # What the handler did before it failed is undone; the row stays locked, so that nobody tries it meanwhile.
            with db.begin_nested():
                self._door.run_handler(row.handler, row.envelope, db)
        except Exception as error:
            self._failed(row, error)
        else:
            row.status, row.done_at, row.last_error = "done", clock.now(), None

    def _failed(self, row: Inbox, error: Exception) -> None:
        row.attempts += 1
        row.last_error = "".join(traceback.format_exception_only(error)).strip()[:2000]
        row.next_attempt_at = clock.now() + wait_before(row.attempts)
        hopeless = isinstance(error, UnknownEvent)
        row.status = "parked" if hopeless or row.attempts >= MAX_ATTEMPTS else "pending"
        log.warning(
            "event_handler_failed", handler=row.handler, event_name=row.name, key=row.key, attempts=row.attempts,
            status=row.status, error=row.last_error, exc_info=error,
        )  # fmt: skip

    def _sleep(self) -> None:
        """Until something is stored. Of several who sleep one wakes, for all that was stored since."""
        self._wake.acquire(timeout=IDLE_SECONDS)
        while self._wake.acquire(blocking=False):
            pass

    def _rows_of(self, envelopes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        now = clock.now()
        return [row for envelope in envelopes for row in self._rows(envelope, now)]

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


def _due() -> Select[Inbox]:
    earlier = aliased(Inbox)
    waits = exists().where(
        earlier.publisher == Inbox.publisher, earlier.key == Inbox.key, earlier.status != DONE, earlier.sequence < Inbox.sequence,
    )  # fmt: skip
    due = select(Inbox).where(Inbox.status == "pending", Inbox.status != DONE, Inbox.next_attempt_at <= bindparam("now"), ~waits)
    return due.order_by(Inbox.id).limit(bindparam("limit")).with_for_update(skip_locked=True)


DUE = _due()
