"""What a service's door is written with: the decorators `rpc`, `on`, `every`, and the `Call` they hand over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import clock, trail
from shared.caller import Caller
from shared.contracts.base import Event
from shared.db.engine import Database
from shared.db.organisation import Organisation, organisation_of
from shared.errors import STATUS_TITLES, AppError, Conflict, DeadlineExceeded, Forbidden, Invalid, Malformed, NotFound, Unavailable
from shared.schema import Schema
from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Asker(Protocol):
    """Asks another service and returns the body of its answer; raises the AppError it answered with. `timeout` is in seconds."""

    def __call__(self, method: str, kwargs: dict[str, Any], caller: Caller, *, timeout: float | None = None) -> Any: ...


class _Undone(Exception):
    """A rehearsal is over; what it wrote goes."""


class Writer(Protocol):
    """Runs work on a call in a write transaction and gives what it returns."""

    def __call__(self, call: Call, work: Callable[[Call], Any]) -> Any: ...


@dataclass(kw_only=True)
class Call:
    """One call, as a door's method receives it.

    `db` is the session of the one transaction that the door commits when the method returns; it is not there yet
    in `prepare`. `now` was read once for the whole call, UTC. `package` is the service's: its texts are told to the caller. `clash`
    says what a violated constraint means to a person. `stopping` is set when the process is about to end: long work then leaves the rest to another.
    """

    caller: Caller
    now: datetime
    settings: Settings
    database: Database
    package: str = "shared"
    asker: Asker | None = None
    writer: Writer | None = field(default=None, repr=False)
    stopping: threading.Event = field(default_factory=threading.Event, repr=False)
    session: Session | None = field(default=None, repr=False)
    clash: Callable[[IntegrityError], AppError] = field(default=lambda error: Conflict("changed_meanwhile"), repr=False)

    @property
    def db(self) -> Session:
        """The session of this call's transaction."""
        assert self.session is not None, "no transaction is open: use transaction() in prepare"
        return self.session

    @property
    def today(self) -> date:
        """The organisation's calendar day."""
        return clock.today(self.now, self.organisation.time_zone)

    @property
    def organisation(self) -> Organisation:
        """The organisation's settings that count in this transaction, or now where none is open."""
        if self.session is not None:
            return organisation_of(self.session)
        with self.transaction(read=True) as db:
            return organisation_of(db)

    def begin(self, db: Session) -> None:
        """Tell a session whose work it does, when, and by which settings."""
        trail.begin(db, self.caller, self.now)
        db.info["settings"] = self.settings

    @contextmanager
    def transaction(self, *, read: bool = False) -> Iterator[Session]:
        """A short transaction of its own, for `prepare`."""
        assert self.session is None, "a transaction is open already"
        with self.database.transaction(read=read) as db:
            self.begin(db)
            yield db

    def read(self, work: Callable[[Call], T]) -> T:
        """Run `work(call)` in a read transaction of its own. For timers that take several."""
        with self.transaction(read=True) as db:
            self.session = db
            try:
                return work(self)
            finally:
                self.session = None

    def write(self, work: Callable[[Call], T]) -> T:
        """Run `work(call)` in a write transaction of its own, committed as the door commits. For timers that take several.

        Raises what `work` raises, and Conflict or StaleVersion where the database refuses.
        """
        assert self.session is None, "a transaction is open already"
        assert self.writer is not None, "this call cannot write by itself"
        written: T = self.writer(self, work)
        return written

    def rehearse(self, work: Callable[[Call], None]) -> None:
        """Run `work(call)` as `write` does and undo it: it shows what would be refused, and leaves nothing, news and history included."""

        def rehearsal(writing: Call) -> None:
            writing.db.info["rehearsal"] = True
            work(writing)
            raise _Undone

        with suppress(_Undone):
            self.write(rehearsal)

    def ask(self, method: str, **kwargs: Any) -> Any:
        """Ask the owner of a record about it. Raises what the owner answers (NotFound, ...), Unavailable, DeadlineExceeded.

        Never inside a transaction: the answer may take seconds, and on SQLite everybody would wait for it.
        """
        assert self.session is None, "asking inside a transaction blocks everybody else"
        assert self.asker is not None, "this door cannot ask others"
        return self.asker(method, kwargs, self.caller)

    def ask_patiently(self, method: str, kwargs: dict[str, Any]) -> Any:
        """The same in the background, where nobody waits for the answer: with all the time a request has."""
        assert self.session is None, "asking inside a transaction blocks everybody else"
        assert self.asker is not None, "this door cannot ask others"
        return self.asker(method, kwargs, self.caller, timeout=self.settings.rpc_timeout_seconds)


Prepare = Callable[[Call, dict[str, Any]], None]
PrepareMany = Callable[[Call, list[str], dict[str, Any]], dict[str, dict[str, Any]]]
"""What comes before the transaction of a batch form: of the ids and the values for all of them it makes the arguments for each."""


@dataclass(frozen=True, kw_only=True)
class RpcSpec:
    """One RPC method as it is published: shapes, kind, and the function behind it.

    `run(service, call, **data)` does the work; `dump(call, result)` writes the answer. `status` is the HTTP status of
    success. A `batch` answers 409 when not one of its items succeeded. `gives` is None where the result is JSON already.
    `prepare_many` is `prepare` for its batch form. `secrets` are fields of the answer that are shown once: they are not kept with the stored answer. `learn` comes when the call was
    refused: it may be about something not heard of yet, or of which there is newer news.
    """

    name: str
    run: Callable[..., Any]
    takes: type[Schema] | None = None
    gives: type[Schema] | None = None
    many: bool = False
    read: bool = False
    batch: bool = False
    status: int = 200
    prepare: Prepare | None = None
    prepare_many: PrepareMany | None = None
    learn: Prepare | None = None
    secrets: tuple[str, ...] = ()
    doc: str = ""
    resource: Any = None


def rpc(
    *,
    takes: type[Schema] | None = None,
    gives: type[Schema] | None = None,
    many: bool = False,
    read: bool = False,
    batch: bool = False,
    status: int = 200,
    prepare: Prepare | None = None,
    prepare_many: PrepareMany | None = None,
    secrets: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Publish a method: `takes` loads its keyword arguments, `gives` writes what it returns.

    `read` promises that nothing is written. `prepare(call, data)` runs before the transaction and may ask others or
    change `data` (an expensive hash, a fact not heard of yet); an action that has it and a batch form says in `prepare_many` how others are
    asked once for all (`once_for_all` where it looks at no record). `secrets` names fields of the answer that a repeat does not get.
    """

    def mark(method: F) -> F:
        method.__rpc__ = RpcSpec(  # type: ignore[attr-defined]
            name=method.__name__, run=method, takes=takes, gives=gives, many=many, read=read, batch=batch,
            status=status, prepare=prepare, prepare_many=prepare_many, secrets=secrets, doc=(method.__doc__ or "").strip(),
        )  # fmt: skip
        return method

    return mark


def on(*events: type[Event]) -> Callable[[F], F]:
    """Handle events: the method runs once per event, in one transaction with the inbox row's "done".

    It must be safe to run twice. When it raises, the event is tried again later.
    """

    def mark(method: F) -> F:
        method.__on__ = events  # type: ignore[attr-defined]
        return method

    return mark


@dataclass(frozen=True, kw_only=True)
class TimerSpec:
    """A timer: `run(service, call)` every so many seconds, in one transaction or, without, taking its own with `call.write`; `at_once` of them side by side."""

    name: str
    run: Callable[..., Any]
    seconds: float
    transaction: bool = True
    at_once: int = 1


def every(*, seconds: float, transaction: bool = True, at_once: int = 1) -> Callable[[F], F]:
    """Run a method on a timer, in a transaction, in every replica: claim rows, don't assume you are alone.

    A method that returns True has more to do: it is run again at once, in another transaction, so that each stays short.
    Without `transaction` the method takes its own, as many as it needs, with `call.write` and `call.transaction`. What takes long may run
    `at_once` several times in a process, so that a short piece of work need not wait for a long one.
    """

    def mark(method: F) -> F:
        method.__every__ = TimerSpec(  # type: ignore[attr-defined]
            name=method.__name__, run=method, seconds=seconds, transaction=transaction, at_once=at_once
        )
        return method

    return mark


def body_of(reply: dict[str, Any]) -> Any:
    """What a service answered. Raises its refusal as the error it is."""
    if reply["status"] >= 400 and "problem" in reply:
        raise refusal(reply["status"], str(reply["problem"].get("code") or ""))
    return reply["body"]


def refusal(status: int, code: str) -> AppError:
    """The error class of a status, as another service answered it."""
    known: dict[int, type[AppError]] = {400: Malformed, 403: Forbidden, 404: NotFound, 409: Conflict, 422: Invalid, 504: DeadlineExceeded}
    return known.get(status, Unavailable)(code if code != STATUS_TITLES.get(status) else None)
