"""What many tests begin with is set up once; from then on its databases and its objects are copied."""

from __future__ import annotations

import io
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from shared.bus.service import Service
from tests.doors import TestDoor

T = TypeVar("T")

SAVE = """
DO $$
DECLARE
    one text;
    has_rows boolean;
BEGIN
    DROP SCHEMA IF EXISTS "{kept}" CASCADE;
    CREATE SCHEMA "{kept}";
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM "{schema}".%I)', one) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE "{kept}".%I AS TABLE "{schema}".%I', one, one);
        END IF;
    END LOOP;
END
$$"""
FILL = """
DO $$
DECLARE
    one text;
    counted record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{kept}' LOOP
        EXECUTE format('INSERT INTO "{schema}".%I OVERRIDING SYSTEM VALUE TABLE "{kept}".%I', one, one);
    END LOOP;
    FOR counted IN
        SELECT c.table_name AS of_table, c.column_name AS of_column, pg_get_serial_sequence(format('"{schema}".%I', c.table_name), c.column_name) AS name
        FROM information_schema.columns c JOIN pg_tables t ON t.tablename = c.table_name AND t.schemaname = '{kept}'
        WHERE c.table_schema = '{schema}' AND (c.is_identity = 'YES' OR c.column_default LIKE 'nextval%')
    LOOP
        EXECUTE format('SELECT setval(%L, max(%I)) FROM "{schema}".%I', counted.name, counted.of_column, counted.of_table);
    END LOOP;
END
$$"""


@dataclass(frozen=True)
class _Kept:
    services: list[type[Service]]
    doors: dict[str, tuple[Any, dict[str, int]]]
    objects: bytes


_kept: dict[tuple[Callable[..., Any], str], _Kept] = {}


def kept(build: Callable[..., T], doors_of: Any, *arguments: Any) -> T:
    """What `build(doors_of, *arguments)` gives, as if built anew.

    It is built once for each kind of database. All it holds must be picklable, but for its doors.
    """
    known = _kept.get((build, doors_of.settings.database_url))
    if known is None:
        made = build(doors_of, *arguments)
        doors = {door.service.name: door for door in doors_of.opened}
        states = {name: (_save(door, f"kept {len(_kept)}"), dict(door.state)) for name, door in doors.items()}
        written = io.BytesIO()
        _Writer(written).dump(made)
        _kept[build, doors_of.settings.database_url] = _Kept([type(door.service) for door in doors.values()], states, written.getvalue())
        return made
    first = doors_of(*known.services)
    doors = {first.service.name: first, **first.neighbours}
    for name, door in doors.items():
        content, door.state = known.doors[name][0], dict(known.doors[name][1])
        _fill(door, content)
    return _Reader(io.BytesIO(known.objects), doors).load()


class _Writer(pickle.Pickler):
    def persistent_id(self, given: Any) -> str | None:
        return given.service.name if isinstance(given, TestDoor) else None


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, doors: dict[str, TestDoor]) -> None:
        super().__init__(file)
        self._doors = doors

    def persistent_load(self, name: str) -> TestDoor:
        return self._doors[name]


def _save(door: TestDoor, name: str) -> Any:
    """The content of a door's database: what `_fill` takes."""
    if door.database.is_sqlite:
        place = Path(door.database.engine.url.database or "")
        copy = place.with_name(f"{name} {place.name}")
        with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy
    schema, kept_in = door.service.name, f"{door.service.name} {name}"
    with door.database.engine.begin() as connection:
        connection.execute(text(SAVE.replace("{schema}", schema).replace("{kept}", kept_in)))
    return kept_in


def _fill(door: TestDoor, content: Any) -> None:
    """Put such a content into an empty database to which nobody is connected yet."""
    if door.database.is_sqlite:
        shutil.copyfile(content, door.database.engine.url.database or "")
    else:
        with door.database.engine.begin() as connection:
            connection.execute(text(FILL.replace("{schema}", door.service.name).replace("{kept}", content)))
