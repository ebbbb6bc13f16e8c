"""Fixtures for all tests: databases of both kinds, doors, callers."""

from __future__ import annotations

import atexit
import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")

from shared.memory import load_in_peace, settle

load_in_peace()

import pytest
from sqlalchemy import Engine, Table, event, text
from xdist.scheduler import LoadScopeScheduling

from shared.bus.service import Service
from shared.caller import Caller
from shared.db.base import ChassisBase, new_id
from shared.db.engine import Database, make_engine
from shared.settings import Settings
from tests.doors import TestDoor
from tests.folders import data_folder
from tests.patience import eventually

pytest_plugins = ["tests.fixtures_infra"]

EMPTY_TABLES = """
DO $$
DECLARE
    one text;
    has_rows boolean;
BEGIN
    FOREACH one IN ARRAY ARRAY[%s] LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %%I)', one) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('TRUNCATE %%I RESTART IDENTITY CASCADE', one);
        END IF;
    END LOOP;
END
$$"""
"""Empties only what has rows: truncating gives a table new files, which takes longer than the tests."""

MIDNIGHTS = (0, 10, 12, 16)
"""When a day ends, in hours of UTC: there, in Kiritimati, west of the date line, and in Shanghai, whose days are those of a new organisation."""

DoorOf = Callable[..., TestDoor]


ONE_PROCESS = {
    "tests/journeys/test_postgres.py": "postgres suite",
    "tests/journeys": "suite",
    "tests/web": "web",
    "tests/shared/bus": "bus",
}
"""What shares a running suite or the broker stays in one process of `make test`; of all else each file does."""

ORDER = ("journeys", "web", "gateway", "shared", "deploy", "sales", "finance", "pool", "customer")
"""The long ones first, so that the short ones fill what is left at the end; what keeps a processor busy beside what waits for other processes."""


class Together(LoadScopeScheduling):
    """Hands the processes of `make test` what belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return next((name for place, name in ONE_PROCESS.items() if file.startswith(place)), file)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: what starts processes of its own waits for them a third of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Marks would do, but the names that pytest 9 gives tests do not carry them to xdist."""
    return Together(config, log)


def pytest_collection_finish() -> None:
    """Everything is loaded and stays, for the tests as for the processes of the product."""
    settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take tests in this order; what fails in the browser is tried once more (docs/decisions/0074)."""
    items.sort(key=_turn)
    for item in items:
        if item.nodeid.startswith("tests/web/"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how the first try of each such test failed."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


def _turn(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return ORDER.index(folder) if folder in ORDER else len(ORDER)


@pytest.fixture(autouse=True)
def within_a_day() -> None:
    """A day that ends between two steps is tested where a test says so: no other one begins in its last moments."""
    left = 3600 - time.time() % 3600
    if left < 30 and datetime.fromtimestamp(time.time() + left, UTC).hour in MIDNIGHTS:
        time.sleep(left)


@pytest.fixture(autouse=True, scope="module")
def nobody_listens_on() -> Iterator[None]:
    """A listener that outlives its test tries to reach its broker, and says so, in all tests that follow."""
    yield
    eventually(lambda: "listener" not in {thread.name for thread in threading.enumerate()})


@pytest.fixture(params=["sqlite", "postgres"])
def door_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Doors]:
    """Makes the door of a service on a fresh database; the test runs once on SQLite and once on PostgreSQL.

    `door_of(SalesService, CustomerService)` gives the first one's door; the doors can ask each other.
    """
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    with open_doors(Settings(data_dir=tmp_path, database_url=url, service_workers=20)) as make:
        yield make


class Doors:
    """Makes doors on fresh databases of these settings, which are open until `close`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.opened: list[TestDoor] = []

    def __call__(self, service: type[Service], *others: type[Service]) -> TestDoor:
        doors = {one.name: _door(one, self.settings) for one in (service, *others)}
        self.opened.extend(doors.values())
        for name, door in doors.items():
            door.neighbours = {other: opposite for other, opposite in doors.items() if other != name}
        return doors[service.name]

    def close(self) -> None:
        """Close the databases."""
        for door in self.opened:
            door.database.close()
            _idle[type(door.service), self.settings.database_url].append(door.database.engine)


@contextmanager
def open_doors(settings: Settings) -> Iterator[Doors]:
    """Gives what makes doors on fresh databases of these settings, and closes them at the end."""
    doors = Doors(settings)
    yield doors
    doors.close()


_idle: dict[tuple[type[Service], str], list[Engine]] = defaultdict(list)
"""Engines that no test uses now. They keep the statements they have compiled, which takes longer than most tests do."""


def _door(service: type[Service], settings: Settings) -> TestDoor:
    idle = _idle[service, settings.database_url]
    if settings.database_url:
        engine = idle.pop() if idle else _patient_engine(service.name, settings.database_url)
        _empty_schema(service, engine)
    else:
        engine = idle.pop() if idle else make_engine(service.name, f"sqlite:///{_folder()}/{new_id()}.sqlite3", pool_size=24)
        _empty_file(service, Path(engine.url.database or ""))
    return TestDoor(service, settings, Database(service.name, "", engine=engine))


def _patient_engine(service: str, url: str) -> Engine:
    """An engine on PostgreSQL whose statements wait for a lock as long as a busy machine takes: those who go before need their time."""
    engine = make_engine(service, url, pool_size=24)

    @event.listens_for(engine, "connect")
    def wait_longer(connection: Any, _: Any) -> None:
        connection.autocommit = True
        connection.execute("SET lock_timeout = '60s'").close()
        connection.execute("SET statement_timeout = '60s'").close()
        connection.autocommit = False

    return engine


def _empty_file(service: type[Service], path: Path) -> None:
    """Make this a SQLite file with a service's empty tables, and leave nothing beside it of what it was before."""
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    shutil.copyfile(_pattern(service), path)


@cache
def _pattern(service: type[Service]) -> Path:
    """A SQLite file with a service's empty tables, made once."""
    path = _folder() / f"{service.__qualname__}.sqlite3"
    engine = make_engine(service.name, f"sqlite:///{path}", pool_size=1)
    _make_tables(service, engine)
    engine.dispose()
    return path


@cache
def _folder() -> Path:
    """Where SQLite files of doors are."""
    folder = data_folder("doors")
    atexit.register(folder.__exit__, None, None, None)
    return folder.__enter__()


def _empty_schema(service: type[Service], engine: Engine) -> None:
    """A PostgreSQL schema with a service's empty tables: emptied where it is there, else made.

    Another service of the same name (the bus' workshop stands in the place of pool) may have put its own tables there.
    """
    names = {table.name for table in _tables(service)}
    with engine.begin() as connection:
        there = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = :name"), {"name": service.name})
        is_there = names == set(there)
        if is_there:
            # Tables that only ever grow refuse this too, unless their triggers are off.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(EMPTY_TABLES % ", ".join(f"'{name}'" for name in sorted(names))))
        else:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{service.name}" CASCADE'))
            connection.execute(text(f'CREATE SCHEMA "{service.name}"'))
    if not is_there:
        _make_tables(service, engine)


def _tables(service: type[Service]) -> list[Table]:
    return [table for metadata in (ChassisBase.metadata, service.base.metadata) for table in metadata.sorted_tables]


def _make_tables(service: type[Service], engine: Engine) -> None:
    with engine.begin() as connection:
        ChassisBase.metadata.create_all(connection)
        service.base.metadata.create_all(connection)


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """Makes callers: `caller()` may do everything, `caller(permissions=[...], scopes={...})` only that."""

    def make(
        name: str = "someone", *, user_id: str | None = None, permissions: Any = ("*",), scopes: dict[str, str] | None = None,
        language: str = "en", roles: tuple[str, ...] = (), department_id: str | None = None,
        field_rights: dict[str, dict[str, str]] | None = None,
    ) -> Caller:  # fmt: skip
        return Caller(
            user_id=user_id or new_id(), name=name, permissions=frozenset(permissions), roles=roles,
            scopes={"*": "all"} if scopes is None else scopes, language=language, department_id=department_id,
            field_rights=field_rights or {},
        )  # fmt: skip

    return make
