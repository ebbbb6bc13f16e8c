"""The inbox: store, acknowledge, work; a failure stays as a row and is tried again.

On SQLite what comes in is handled, where that goes well, in the transaction that stores it as done; everything else is handled by `run`.
A handler runs in one transaction with its row's "done". What a process may have died of (it was there when this one began, was handed out
before, or failed before) is handled alone, after its attempt was written down: in the end it is parked, as what fails is. Later events of the
same aggregate wait behind one that is not done, whichever handlers they go to: two handlers often write the same row, and an old fact must
not overwrite a new one.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, exists, literal, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, aliased

from shared import clock
from shared.bus.door import Door
from shared.bus.tables import Inbox
from shared.contracts.base import UnknownEvent
from shared.db import Quick, add_missing, among

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)
IDLE_SECONDS = 1.0
TOGETHER = 8
"""How many events are handled in a transaction: a commit costs as much as a small handler, but a call waits while they run."""
STORED_TOGETHER = 100
PAUSE_SECONDS = 0.01
"""After a transaction that had room for more: the next one finds the events that come in quick succession together."""
HANDED_OUT_AGAIN = "Handed out before, and not handled."
NOT_FINISHED = "Not finished: the process ended while it was handled."
"""What stands in a row instead of an error that nobody could write down."""
DONE = literal("done", literal_execute=True)
"""Written into the statement: SQLite uses a partial index only where its condition stands there word for word."""


class UnstorableEvent(Exception):
    """The database refuses an event's values: a text too long, a number too large, a character it does not know."""


class NotInTurn(Exception):
    """Some of the events that have come in were there already, or wait behind others of their aggregate."""


class HandlerFailed(Exception):
    """What a handler raised, with the row that it was about."""

    def __init__(self, row: dict[str, Any], error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.row, self.error = row, error


def wait_before(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: one second, doubling, at most an hour."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


class InboxRunner:
    """Stores and handles the events of one service. `run` blocks until `stop`; several may run at once on PostgreSQL.

    Whoever has many events hands `take` at most `takes_together` at a time.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._subscriptions = type(door.service).subscriptions()
        self.takes_together = TOGETHER if door.database.is_sqlite else STORED_TOGETHER
        self._began = clock.now()
        self._alone = threading.Lock()
        self._wake = threading.Semaphore(0)
        self._stopping = False

    def take(self, envelopes: Sequence[dict[str, Any]], *, again: Collection[str] = ()) -> None:
        """Keep events and, on SQLite, handle them in the same transaction: one more would cost as much as a handler.

        Not where the broker hands out some of them `again` (their ids): whoever had them may have died of one. On PostgreSQL a handler may
        wait for a lock while others go on, and must not hold up what comes in. Raises what `store` raises.
        """
        rows = self._rows_of(envelopes)
        for row in rows:
            if row["event_id"] in again:
                row["last_error"] = HANDED_OUT_AGAIN
        if rows and (again or not (self._door.database.is_sqlite and self._handled_at_once(rows))):
            self._store(rows)

    def store(self, envelopes: Iterable[dict[str, Any]]) -> None:
        """Keep events, once per handler and event id, then wake the runner.

        Raises UnstorableEvent when one of them can never be kept, else what the database raises.
        """
        self._store(self._rows_of(envelopes))

    def _store(self, rows: list[dict[str, Any]]) -> None:
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
        """Handle the next events that are due, a few in one transaction, and say how many; of those that are handled alone, one.

        Raises what the database raises when it is away.
        """
        handled, published, suspect = self._door.database.run(self._handle_some)
        if published:
            self._door.on_commit()
        return handled + (0 if suspect is None else self._handle_alone(suspect))

    def _handled_at_once(self, rows: list[dict[str, Any]]) -> bool:
        """Handle what has just come in, all of it or nothing; a handler that fails stands in its row afterwards."""
        try:
            published = self._door.database.run(lambda db: self._handle_at_once(db, rows))
        except HandlerFailed as failed:
            failed.row.update(_after_failure(failed.row, failed.error))
            return False
        except Exception as error:
            log.info("events_stored_only", error=type(error).__name__)
            return False
        if published:
            self._door.on_commit()
        return True

    def _handle_at_once(self, db: Session, rows: list[dict[str, Any]]) -> bool:
        if WAITING.first(db, keys=[row["key"] for row in rows]):
            raise NotInTurn
        ordered = sorted(rows, key=lambda row: int(row["sequence"]))
        if add_missing(db, Inbox, *(row | {"status": "done", "done_at": row["received_at"]} for row in ordered)) < len(rows):
            raise NotInTurn
        for row in ordered:
            try:
                self._door.run_handler(row["handler"], row["envelope"], db)
            except Exception as error:
                raise HandlerFailed(row, error) from error
        return bool(db.info.get("published"))

    def _handle_some(self, db: Session) -> tuple[int, bool, int | None]:
        rows = db.scalars(DUE, {"now": clock.now(), "limit": TOGETHER}).all()
        suspects = [row for row in rows if row.last_error is not None or row.received_at < self._began]
        together = [row for row in rows if row not in suspects]
        for row in together:
            self._handle_one(db, row)
            if self._stopping:
                break
        db.flush()
        return len(together), bool(db.info.get("published")), suspects[0].id if suspects else None

    def _handle_alone(self, row_id: int) -> int:
        """Handle one event of which a process may have died, with the attempt written down before. One at a time: no other is to blame."""
        if not self._alone.acquire(blocking=False):
            return 0
        try:
            if not self._door.database.run(lambda db: self._count(db, row_id)):
                return 0
            if self._door.database.run(lambda db: self._handle_counted(db, row_id)):
                self._door.on_commit()
            return 1
        finally:
            self._alone.release()

    def _count(self, db: Session, row_id: int) -> bool:
        """Write down an attempt before it is made; one whose last attempt ended its process is parked. Says whether to make it."""
        now = clock.now()
        row = _locked(db, Inbox.id == row_id, Inbox.next_attempt_at <= now)
        if row is None:
            return False
        if row.attempts >= MAX_ATTEMPTS:
            row.status = "parked"
            log.error("event_parked", handler=row.handler, event_name=row.name, key=row.key, attempts=row.attempts, error=row.last_error)
            return False
        row.attempts, row.last_error = row.attempts + 1, NOT_FINISHED
        row.next_attempt_at = now + wait_before(row.attempts)
        return True

    def _handle_counted(self, db: Session, row_id: int) -> bool:
        row = _locked(db, Inbox.id == row_id)
        if row is not None:
            self._handle_one(db, row, counted=True)
        return bool(db.info.get("published"))

    def _handle_one(self, db: Session, row: Inbox, *, counted: bool = False) -> None:
        try:
            # What the handler did before it failed is undone; the row stays locked, so that nobody tries it meanwhile.
            with db.begin_nested():
                self._door.run_handler(row.handler, row.envelope, db)
        except Exception as error:
            tried = {name: getattr(row, name) for name in ("handler", "name", "key")} | {"attempts": row.attempts - counted}
            for name, value in _after_failure(tried, error).items():
                setattr(row, name, value)
        else:
            row.status, row.done_at, row.last_error = "done", clock.now(), None
            # What is kept is how often it failed.
            row.attempts -= counted

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
                "attempts": 0, "last_error": None, "received_at": now, "next_attempt_at": now,
            }
            for handler in handlers
        ]  # fmt: skip


def _locked(db: Session, *conditions: ColumnElement[bool]) -> Inbox | None:
    """A row that waits, locked; None where it waits no more, or another works on it."""
    waiting = select(Inbox).where(Inbox.status == "pending", *conditions)
    return db.scalars(waiting.with_for_update(skip_locked=True)).one_or_none()


def _after_failure(row: dict[str, Any], error: Exception) -> dict[str, Any]:
    """What stands in a row, of which handler, name, key and attempts are given, after one more failure; the log tells of it."""
    attempts = row["attempts"] + 1
    last_error = "".join(traceback.format_exception_only(error)).strip()[:2000]
    hopeless = isinstance(error, UnknownEvent) or attempts >= MAX_ATTEMPTS
    status = "parked" if hopeless else "pending"
    log.warning(
        "event_handler_failed", handler=row["handler"], event_name=row["name"], key=row["key"], attempts=attempts, status=status,
        error=last_error, exc_info=error,
    )  # fmt: skip
    return {"status": status, "attempts": attempts, "last_error": last_error, "next_attempt_at": clock.now() + wait_before(attempts)}


def _due() -> Select[Inbox]:
    earlier = aliased(Inbox)
    waits = exists().where(
        earlier.publisher == Inbox.publisher, earlier.key == Inbox.key, earlier.status != DONE, earlier.sequence < Inbox.sequence,
    )  # fmt: skip
    due = select(Inbox).where(Inbox.status == "pending", Inbox.status != DONE, Inbox.next_attempt_at <= bindparam("now"), ~waits)
    return due.order_by(Inbox.id).limit(bindparam("limit")).with_for_update(skip_locked=True)


DUE = _due()
WAITING = Quick(select(Inbox.id).where(Inbox.status != DONE, among(Inbox.key, "keys")).limit(1))
