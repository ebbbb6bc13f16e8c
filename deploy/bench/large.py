"""Lists over many customers: through the service's own door, over 10,000 rows and over 1,000,000, on SQLite and PostgreSQL.

Measured is what a list answers with: filter, sort, a page of 20 and the total. A company a hundred times as large has a hundred times as many
people, each with as many customers as before; of a status or in the pool there are a hundred times as many customers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, literal, select, text

from deploy.bench.figures import median
from deploy.postgres import PrivatePostgres
from deploy.prepare import prepare_database
from services.customer.models import Customer
from services.customer.rules import PoolStatus
from services.customer.service import CustomerService
from shared import clock
from shared.bus.door import Door
from shared.caller import Caller
from shared.db.engine import Database, database
from shared.settings import Settings

NAME = "lists over many customers"
DUE = 3.0
FEW, TIMES = 10_000, 100
HELD = 50
"""Customers of one person."""
STATUSES = ("potential", "contacted", "negotiating", "customer")
RARE = "lost"
"""A status that one customer in a hundred has."""


@dataclass(frozen=True)
class List:
    """One list people look at. `scope` is how far the caller sees."""

    name: str
    params: dict[str, Any]
    scope: str = "all"

    @classmethod
    def of(cls, name: str, field: str, op: str, value: Any, sort: str) -> List:
        """A list with one condition."""
        condition = {"field": field, "op": op} | ({} if value is None else {"value": value})
        return cls(name, {"filter": json.dumps(condition), "sort": sort})


LISTS = (
    List.of("mine, last changed first", "owner_id", "is_me", None, "-updated_at"),
    List("own scope, last changed first", {"sort": "-updated_at"}, scope="own"),
    List.of("of a rare status, by name", "status", "eq", RARE, "name"),
    List.of("of a usual status, by name", "status", "eq", STATUSES[0], "name"),
    List.of("unassigned in the pool, by name", "pool_status", "eq", PoolStatus.UNASSIGNED.value, "name"),
    List.of("made today, last first", "created_at", "today", None, "-created_at"),
    List.of("made this month, last first", "created_at", "this_month", None, "-created_at"),
    List("all, last changed first", {"sort": "-updated_at"}),
)


def measure_lists(
    folder: Path, *, few: int = FEW, times: int = TIMES, rounds: int = 15, postgres: str = ""
) -> dict[str, tuple[float, float]]:
    """Median seconds of each list, over `few` rows and over `times` as many, asked in turn. On `postgres`, where its URL is given."""
    with _door(folder / "few", few, 1, postgres, "few") as small, _door(folder / "many", few, times, postgres, "many") as large:
        found = {}
        for one in LISTS:
            pairs = [(_seconds(small, one), _seconds(large, one)) for _ in range(rounds)]
            found[one.name] = (median([pair[0] for pair in pairs[1:]]), median([pair[1] for pair in pairs[1:]]))
        return found


def fill(db: Database, *, few: int, times: int) -> None:
    """Put `few` × `times` customers into a prepared database: the first through SQLAlchemy, the others as copies of them, then the indexes."""
    table = Customer.__table__
    with db.engine.begin() as connection:
        for index in table.indexes:  # type: ignore[attr-defined]
            index.drop(connection)
        connection.execute(insert(Customer), list(_rows(few)))
        columns = [column.name for column in table.columns]
        for number in range(1, times):
            connection.execute(insert(table).from_select(columns, _copies(columns, number)))  # type: ignore[arg-type]
        for index in table.indexes:  # type: ignore[attr-defined]
            index.create(connection)
    if not db.is_sqlite:
        # As its autovacuum does by itself; SQLite stays without statistics, as the suite leaves it.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def report(folder: Path, *, few: int = FEW, times: int = TIMES) -> None:
    """Measure on both databases and print the ratios."""
    server = PrivatePostgres(folder / "large-postgres")
    server.start()
    try:
        for name, url in (("SQLite", ""), ("PostgreSQL", server.url)):
            started = time.monotonic()
            found = measure_lists(folder / name, few=few, times=times, postgres=url)
            spent = time.monotonic() - started
            _say(f"\n{name}: {NAME}, {few:,} and {few * times:,} (loaded and measured in {spent:.0f} s); due {DUE:.0f} x\n")
            for one, (small, large) in found.items():
                verdict = "met" if large <= DUE * small else "OVER"
                _say(f"{one:34} {small * 1000:8.2f}ms {large * 1000:8.2f}ms {large / small:6.1f}x {verdict:>5}")
    finally:
        server.stop()


@contextmanager
def _door(folder: Path, few: int, times: int, postgres: str, name: str) -> Iterator[Door]:
    url = f"{postgres.rpartition('/')[0]}/{name}" if postgres else ""
    if url:
        _create_database(postgres, name)
    settings = Settings(data_dir=folder, database_url=url)
    folder.mkdir(parents=True)
    prepare_database(CustomerService, settings)
    db = database(CustomerService.name, settings)
    try:
        fill(db, few=few, times=times)
        yield Door(CustomerService, settings, db)
    finally:
        db.close()


def _create_database(url: str, name: str) -> None:
    server = Database("postgres", url)
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.close()


def _rows(few: int) -> Iterator[dict[str, Any]]:
    """Customers as a company of one office has them, spread over a year."""
    now = clock.now()
    for number in range(few):
        # A step that shares no factor with the number of rows mixes what would otherwise stand in one order.
        place = number * 7919 % few
        yield {
            "id": _id(number), "name": f"Company {place:06d}", "name_key": f"company{place:06d}", "match_key": f"company{place:06d}",
            "phone_key": f"{place:09d}", "status": RARE if place % 100 == 0 else STATUSES[place % len(STATUSES)], "level": "ABCD"[place % 4],
            "pool_status": PoolStatus.UNASSIGNED.value if place % 10 == 0 else PoolStatus.ORDINARY.value, "owner_id": _id(place % (few // HELD)),
            "created_at": now - timedelta(minutes=number * 525_600 / few), "updated_at": now - timedelta(minutes=place * 525_600 / few), "version": 1,
        }  # fmt: skip


def _copies(columns: list[str], number: int) -> Any:
    """The first rows again, each as another customer of another person."""
    table = Customer.__table__
    changed = {
        "id": literal(f"{number:08x}") + func.substr(table.c.id, 9), "owner_id": literal(f"{number:08x}") + func.substr(table.c.owner_id, 9),
        **{name: table.c[name] + f"x{number}" for name in ("name", "name_key", "match_key", "phone_key")},
    }  # fmt: skip
    return select(*(changed.get(name, table.c[name]) for name in columns)).where(func.substr(table.c.id, 1, 8) == "0" * 8)


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012d}"


def _seconds(door: Door, one: List) -> float:
    caller = Caller(
        user_id=_id(7), name="bench", permissions=frozenset({"*"} if one.scope == "all" else {"customer:read"}), scopes={"*": one.scope}
    )
    started = time.perf_counter()
    reply = door.handle_rpc("list_customers", dict(one.params), {"caller": caller.to_header()})
    spent = time.perf_counter() - started
    if "problem" in reply or not reply["body"]["items"]:
        raise RuntimeError(f"{one.name}: {reply}")
    return spent


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201
