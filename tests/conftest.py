"""Fixtures for all tests: databases of both kinds, doors, callers."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")

import pytest
from sqlalchemy import text
from xdist.scheduler import LoadScopeScheduling

from shared.bus.service import Service
from shared.caller import Caller
from shared.db.base import ChassisBase, new_id
from shared.db.engine import Database
from shared.settings import Settings
from tests.doors import TestDoor

pytest_plugins = ["tests.fixtures_infra"]

DoorOf = Callable[..., TestDoor]


ONE_PROCESS = {"tests/journeys/test_postgres.py": "postgres suite", "tests/journeys": "suite", "tests/web": "web"}
"""What shares a running suite stays in one process of `make test`; of all else each file does."""

ORDER = ("journeys", "web", "deploy", "gateway", "sales", "finance", "pool", "customer", "shared")
"""The long ones first, so that the short ones fill what is left at the end."""


class Together(LoadScopeScheduling):
    """Hands the processes of `make test` what belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return next((name for place, name in ONE_PROCESS.items() if file.startswith(place)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Marks would do, but the names that pytest 9 gives tests do not carry them to xdist."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take tests in this order."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return ORDER.index(folder) if folder in ORDER else len(ORDER)


@pytest.fixture(params=["sqlite", "postgres"])
def door_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DoorOf]:
    """Makes the door of a service on a fresh database; the test runs once on SQLite and once on PostgreSQL.

    `door_of(SalesService, CustomerService)` gives the first one's door; the doors can ask each other.
    """
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    with open_doors(Settings(data_dir=tmp_path, database_url=url, service_workers=20)) as make:
        yield make


@contextmanager
def open_doors(settings: Settings) -> Iterator[DoorOf]:
    """Gives what makes doors on fresh databases of these settings, and closes them at the end."""
    opened: list[Database] = []

    def make(service: type[Service], *others: type[Service]) -> TestDoor:
        doors = {one.name: _door(one, settings, opened) for one in (service, *others)}
        for name, door in doors.items():
            door.neighbours = {other: opposite for other, opposite in doors.items() if other != name}
        return doors[service.name]

    yield make
    for database in opened:
        database.close()


def _door(service: type[Service], settings: Settings, opened: list[Database]) -> TestDoor:
    url = settings.database_for(service.name)
    if url.startswith("sqlite"):
        shutil.copyfile(_empty_file(service), url.removeprefix("sqlite:///"))
    else:
        _empty_schema(service, url)
    database = Database(service.name, url, pool_size=24)
    opened.append(database)
    return TestDoor(service, settings, database)


@cache
def _empty_file(service: type[Service]) -> Path:
    """A SQLite file with a service's empty tables, made once and copied for each test."""
    path = Path(tempfile.mkdtemp(prefix="highseas-empty-")) / f"{service.name}.sqlite3"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    database = Database(service.name, f"sqlite:///{path}")
    _make_tables(service, database)
    database.close()
    return path


def _empty_schema(service: type[Service], url: str) -> None:
    """A PostgreSQL schema with a service's empty tables: made for the first test, emptied for the others."""
    database = Database(service.name, url)
    with database.engine.begin() as connection:
        # A busy machine takes its time to end what the test before held.
        connection.execute(text("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '60s'"))
        if (service, url) in _made:
            tables = ", ".join(
                table.fullname for metadata in (ChassisBase.metadata, service.base.metadata) for table in metadata.sorted_tables
            )
            # Tables that only ever grow refuse this too, unless their triggers are off.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        else:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{service.name}" CASCADE'))
            connection.execute(text(f'CREATE SCHEMA "{service.name}"'))
    if (service, url) not in _made:
        _make_tables(service, database)
        _made.add((service, url))
    database.close()


_made: set[tuple[type[Service], str]] = set()


def _make_tables(service: type[Service], database: Database) -> None:
    with database.engine.begin() as connection:
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
