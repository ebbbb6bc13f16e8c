"""Fixtures for all tests: databases of both kinds, doors, callers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")

import pytest
from sqlalchemy import text

from shared.bus.service import Service
from shared.caller import Caller
from shared.db.base import ChassisBase, new_id
from shared.db.engine import Database
from shared.settings import Settings
from tests.doors import TestDoor

pytest_plugins = ["tests.fixtures_infra"]

DoorOf = Callable[..., TestDoor]


@pytest.fixture(params=["sqlite", "postgres"])
def door_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DoorOf]:
    """Makes the door of a service on a fresh database; the test runs once on SQLite and once on PostgreSQL.

    `door_of(SalesService, CustomerService)` gives the first one's door; the doors can ask each other.
    """
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    settings = Settings(data_dir=tmp_path, database_url=url, service_workers=20)
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
    database = Database(service.name, settings.database_for(service.name), pool_size=24)
    opened.append(database)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{service.name}" CASCADE'))
            connection.execute(text(f'CREATE SCHEMA "{service.name}"'))
        ChassisBase.metadata.create_all(connection)
        service.base.metadata.create_all(connection)
    return TestDoor(service, settings, database)


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
