"""Engines and sessions: one `Database` per service, on SQLite or PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from shared.db.quick import READS, Count, Quick, Row
from shared.errors import Unavailable
from shared.settings import Settings

T = TypeVar("T")

RETRIED_STATES = {"40001", "40P01"}
"""Serialization failure and deadlock: PostgreSQL asks to run the transaction again."""

LOCK_STATES = {"55P03", "57014"}
"""Lock not available in time, statement cancelled: the row is busy, try again later."""


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _json_value(stored: Any) -> Any:
    # SQLite takes the text of a number that stands alone for the number.
    return stored if isinstance(stored, (int, float)) else orjson.loads(stored)


JSON: dict[str, Any] = {"json_serializer": _json_text, "json_deserializer": _json_value}
"""How engines write and read JSON columns, of which a list shows several in each row."""


TRUSTED_SECONDS = 5.0
"""How long an unused connection is taken for a live one."""


class Database:
    """One service's database.

    `transaction()` opens a session, commits when the block ends and rolls back when it raises. With `read=True`
    SQLite takes no write lock. `run(work)` does the same around a function and repeats it (at most three times in
    all) when PostgreSQL reports a serialization failure or a deadlock, and a read also when its connection was lost.
    `engine` is one that `make_engine` made before, with the statements it has compiled.
    """

    def __init__(self, service: str, url: str, *, pool_size: int = 12, engine: Engine | None = None) -> None:
        self.service = service
        self.engine = engine or make_engine(service, url, pool_size=pool_size)
        # PostgreSQL gives each statement its own snapshot anyway; a transaction around reads would be two more round trips.
        level = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._read_only = self.engine.execution_options(read_only=True, **level)
        # SQLite lets one write at a time, and waiting for it in C would stop every greenlet, its holder's too.
        self._one_writer = threading.Lock()
        self._aside: Any = None
        self.counted: WeakKeyDictionary[Count, tuple[int, int]] = WeakKeyDictionary()
        self.reached: WeakKeyDictionary[Quick, tuple[float, bool]] = WeakKeyDictionary()
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self._noting = sessionmaker(self.engine.execution_options(may_be_lost=True), expire_on_commit=False)
        self._reading = sessionmaker(self._read_only, expire_on_commit=False, info={READS: self})
        self._resting: list[Session] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, *, read: bool = False, may_be_lost: bool = False) -> Iterator[Session]:
        """A session in one transaction. What it writes is on the disk when it ends, but for what `may_be_lost` when the power fails
        (not when a process dies): a note that would be made again. Waiting for the disk takes longer than most work.
        """  # fmt: skip
        if read:
            with self._read_session() as session:
                yield session
        else:
            with self._turn(), (self._noting if may_be_lost else self._writing)() as session, session.begin():
                yield session

    @contextmanager
    def _read_session(self) -> Iterator[Session]:
        # Quick reads leave nothing in a session; such a one is taken again, for making and closing it costs as much as a read.
        session = self._resting.pop() if self._resting else self._reading()
        try:
            yield session
        finally:
            if session.in_transaction() or session.new or session.identity_map:
                session.close()
            session.info.clear()
            session.info[READS] = self
            self._resting.append(session)

    def _turn(self) -> AbstractContextManager[Any]:
        return self._one_writer if self.is_sqlite else nullcontext()

    @property
    def aside(self) -> Any:
        """SQLite: a driver's connection for quick reads, which is never in a transaction. Several greenlets or threads may use it."""
        if self._aside is None:
            self._aside = self.engine.raw_connection()
        return self._aside

    def look(self, query: Quick, **parameters: Any) -> Row | None:
        """The first row of a read so small and frequent that a session or a transaction would cost more than it."""
        if self.is_sqlite:
            found, _ = query.answer(self.aside, self.engine.dialect, parameters)
            return found[0] if found else None
        with self._read_session() as session:
            return query.first(session, **parameters)

    def run(self, work: Callable[[Session], T], *, read: bool = False) -> T:
        """The result of `work(session)`, committed. Raises Unavailable when the database is away or a lock is held."""
        for attempt in (1, 2, 3):
            try:
                with self.transaction(read=read) as session:
                    return work(session)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if attempt < 3 and (state in RETRIED_STATES or (read and error.connection_invalidated)):
                    time.sleep(0.02 * attempt)
                    continue
                raise _translated(error, state) from error
        raise AssertionError("unreachable")

    def ping(self) -> None:
        """Ask the database a trivial question. Raises what the driver raises."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        aside, self._aside = self._aside, None
        self._resting.clear()
        self.counted.clear()
        self.reached.clear()
        if aside is not None:
            aside.close()
        self.engine.dispose()


def database(service: str, settings: Settings) -> Database:
    """The database of a service as the settings say."""
    return Database(service, settings.database_for(service), pool_size=settings.service_workers + 4)


def _translated(error: DBAPIError, state: str | None) -> Exception:
    if state in LOCK_STATES:
        return Unavailable("record_busy")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return Unavailable("database_unavailable")
    return error


def make_engine(service: str, url: str, *, pool_size: int) -> Engine:
    """An engine for one service's database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, pool_size)
    return _postgres_engine(service, parsed, pool_size)


def _sqlite_engine(url: Any, pool_size: int) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=4, connect_args={"timeout": 10, "check_same_thread": False}, **JSON)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # The driver must not open transactions on its own: `begin` below says which kind.
        connection.isolation_level = None
        # What was written moves to the file when it comes to 16 MB, not 4: whose commit it is waits 20 ms, and so it happens seldom.
        for pragma in ("journal_mode=WAL", "wal_autocheckpoint=4000", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that will write takes the lock at once; taking it midway is what SQLite answers with "locked".
        options = connection.get_execution_options()
        if not options.get("read_only", False):
            wanted = "NORMAL" if options.get("may_be_lost", False) else "FULL"
            if connection.info.get("synchronous") != wanted:
                connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
                connection.info["synchronous"] = wanted
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(service: str, url: Any, pool_size: int) -> Engine:
    options = {
        "search_path": service,
        "timezone": "UTC",
        "lock_timeout": "3000",
        "statement_timeout": "15000",
        "idle_in_transaction_session_timeout": "30000",
        "jit": "off",
    }
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        **JSON,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )
    _ping_what_idled(engine)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("may_be_lost", False):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine


def _ping_what_idled(engine: Engine) -> None:
    """Replace a connection that the server closed while nobody used it. A ping before each use would be a round trip more."""

    @event.listens_for(engine, "checkin")
    def note(connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error
