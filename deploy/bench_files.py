"""`make bench-files`: measures import, export and recycling; `python -m deploy.bench_files 100000` with that many rows.

An import of customers is compared with the bare inserts of the same rows through SQLAlchemy in transactions of the same size; an
export is watched for the memory it takes in the gateway and the service; customers whose time is over are recycled by three replicas.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import psutil
import requests
from sqlalchemy import insert, select

from deploy.prepare import prepare_database
from deploy.processes import free_port
from deploy.suite import Suite
from services.customer.models import Customer
from services.customer.rules import name_key
from services.customer.service import CustomerService
from services.pool.customers.models import PoolEntry
from services.pool.ledger.models import Ledger
from services.pool.pools.models import DEFAULT_POOL
from services.pool.service import PoolService
from shared import clock
from shared.bus.door import Door
from shared.caller import Caller
from shared.db.base import new_id
from shared.db.engine import Database, database
from shared.errors import Unavailable
from shared.files import file_store
from shared.resources.import_jobs import ROWS_AT_A_TIME
from shared.settings import Settings

HEADINGS = "Customer name,Industry,Region,Address,Phone,Email,Employees,Annual revenue,Description"
PASSWORD = "a-long-enough-password"  # noqa: S105
REPLICAS = 3
BOSS = Caller(user_id=new_id(), name="bench", permissions=frozenset({"*"}), scopes={"*": "all"}, language="en")


def measure_import(settings: Settings, *, rows: int = 10_000) -> dict[str, float]:
    """Seconds for `rows` customers: "bare" inserts, and what an import takes to "take_in" a file, "check" and "import" it.

    "ratio" is import to bare. The service's database is made below `settings.data_dir`, or in `settings.database_url`.
    """
    prepare_database(CustomerService, settings)
    db = database(CustomerService.name, settings)
    try:
        bare = _timed(lambda: _insert_bare(db, rows))
        steps = _import(Door(CustomerService, settings, db), rows)
    finally:
        db.close()
    return {"rows": float(rows), "bare": bare, **steps, "ratio": steps["import"] / bare}


def measure_export(suite: Suite, client: requests.Session, *, kind: str = "csv", rows: int = 100_000) -> dict[str, float]:
    """Seconds and megabytes of one export from a running suite, and by how many MiB the gateway and the service grew meanwhile."""
    with _Memory(suite, ("gateway", "customer")) as memory:
        started, size, first = time.monotonic(), 0, 0.0
        with client.get(f"{suite.url}/api/v1/customers/export", params={"format": kind}, stream=True, timeout=600) as response:
            response.raise_for_status()
            for piece in response.iter_content(64 * 1024):
                first = first or time.monotonic() - started
                size += len(piece)
        seconds = time.monotonic() - started
    return {"rows": float(rows), "seconds": seconds, "first_byte": first, "megabytes": size / 1e6, **memory.growth()}


def measure_recycle(settings: Settings, *, rows: int = 10_000) -> dict[str, float]:
    """Seconds in which three replicas take back `rows` customers whose time is over, each once. They share one process here: apart they are quicker."""
    prepare_database(PoolService, settings)
    databases = [database(PoolService.name, settings) for _ in range(REPLICAS)]
    try:
        _hold(databases[0], rows)
        doors = [Door(PoolService, settings, one) for one in databases]
        with ThreadPoolExecutor(REPLICAS) as replicas:
            seconds = _timed(lambda: list(replicas.map(_recycle, doors)))
        with databases[0].transaction(read=True) as db:
            recycled = Counter(db.scalars(select(Ledger.customer_id).where(Ledger.action == "recycle")))
    finally:
        for one in databases:
            one.close()
    if len(recycled) != rows or set(recycled.values()) != {1}:
        raise RuntimeError(f"{len(recycled)} of {rows} were recycled, some {max(recycled.values(), default=0)} times")
    return {"rows": float(rows), "seconds": seconds}


def fill(settings: Settings, *, rows: int) -> None:
    """Put customers into a prepared database."""
    db = database(CustomerService.name, settings)
    try:
        _insert_bare(db, rows)
    finally:
        db.close()


def _import(door: Door, rows: int) -> dict[str, float]:
    lines = "\n".join(
        f'Import {number} Ltd,machinery,Shanghai,"{number} Nanjing Road",021-{number:08d},a{number}@example.com,{number % 500},{number}.50,x'
        for number in range(rows)
    )
    key = _ask(door, "begin_customers_import")["file_key"]
    file_store(door.settings).put(key, io.BytesIO(f"{HEADINGS}\n{lines}".encode()))
    told: dict[str, Any] = {}
    given = {"file_key": key, "file_name": "customers.csv", "sha256": "0" * 64}
    take_in = _timed(lambda: told.update(_ask(door, "import_customers", **given)))
    check = _timed(lambda: door.run_timer("carry_on_imports"))
    _ask(door, "commit_import", id=told["id"])
    done = _timed(lambda: door.run_timer("carry_on_imports"))
    told = _ask(door, "get_import", id=told["id"])
    if told["status"] != "done" or told["counts"]["created"] != rows:
        raise RuntimeError(f"the import did not go through: {told}")
    return {"take_in": take_in, "check": check, "import": done}


def _ask(door: Door, method: str, **kwargs: Any) -> Any:
    reply = door.handle_rpc(method, kwargs, {"caller": BOSS.to_header()})
    if "problem" in reply:
        raise RuntimeError(str(reply["problem"]))
    return orjson.loads(orjson.dumps(reply["body"]))


def _insert_bare(db: Database, rows: int) -> None:
    """Rows as the import makes them, as objects of a session, without rules, history and events."""
    mark, now = uuid.uuid4().hex[:8], clock.now()
    for start in range(0, rows, ROWS_AT_A_TIME):
        with db.transaction() as session:
            session.info["rehearsal"] = True
            numbers = range(start, min(start + ROWS_AT_A_TIME, rows))
            session.add_all(Customer(**_row(f"Bare {mark} {number} Ltd", number, now)) for number in numbers)


def _recycle(door: Door) -> None:
    try:
        door.run_timer("recycle_due_customers")
    except Unavailable:
        # Another replica wrote for longer than SQLite waits; a service would come back a minute later.
        _recycle(door)


def _hold(db: Database, rows: int) -> None:
    """Customers somebody holds, whose time is over since yesterday."""
    ended = clock.now() - timedelta(days=1)
    given = {
        "pool_id": DEFAULT_POOL, "state": "assigned", "goal": "pending", "owner_id": BOSS.user_id, "entered_at": ended, "claimed_at": ended,
        "protected_until": ended, "version": 1, "created_at": ended, "updated_at": ended,
    }  # fmt: skip
    with db.transaction() as session:
        session.execute(insert(PoolEntry), [{"id": new_id(), "customer_name": f"Held {number} Ltd", **given} for number in range(rows)])


def _row(name: str, number: int, now: Any) -> dict[str, Any]:
    return {
        "id": new_id(), "name": name, "name_key": name_key(name), "match_key": name_key(name), "industry": "machinery", "region": "Shanghai", "phone": f"021-{number:08d}",
        "address": f"{number} Nanjing Road", "email": f"a{number}@example.com", "employees": number % 500, "description": "x",
        "created_at": now, "updated_at": now, "version": 1,
    }  # fmt: skip


class _Memory:
    """The most memory some processes of a suite (with their children) took, sampled while the block runs."""

    def __init__(self, suite: Suite, names: tuple[str, ...]) -> None:
        pids = suite.pids()
        self._families = {name: [psutil.Process(pids[name]), *psutil.Process(pids[name]).children(recursive=True)] for name in names}
        self._before = {name: self._size(name) for name in names}
        self._most = dict(self._before)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def growth(self) -> dict[str, float]:
        """MiB above the start, by process."""
        return {f"{name}_mib": (self._most[name] - size) / 2**20 for name, size in self._before.items()}

    def _size(self, name: str) -> int:
        return sum(int(process.memory_info().rss) for process in self._families[name])

    def _sample(self) -> None:
        while not self._over.wait(0.1):
            for name in self._families:
                self._most[name] = max(self._most[name], self._size(name))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(arguments: list[str]) -> int:
    """The command line: an import and recycling of 10,000 customers and an export of 100,000, or as many as said."""
    rows = int(arguments[0]) if arguments else 100_000
    folder = Path(tempfile.mkdtemp(prefix="highseas-bench-"))
    try:
        _say("import", measure_import(Settings(data_dir=folder / "import"), rows=max(rows // 10, ROWS_AT_A_TIME)))
        _say("recycle", measure_recycle(Settings(data_dir=folder / "recycle"), rows=max(rows // 10, ROWS_AT_A_TIME)))
        settings = Settings(data_dir=folder / "export", port=free_port(), admin_password=PASSWORD)
        suite = Suite(settings)
        try:
            suite.start()
            fill(replace(settings, amqp_url=""), rows=rows)
            client = requests.Session()
            tokens = client.post(f"{suite.url}/api/v1/auth/login", json={"username": "admin", "password": PASSWORD}, timeout=15).json()
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            for kind in ("csv", "xlsx"):
                _say(f"export {kind}", measure_export(suite, client, kind=kind, rows=rows))
        finally:
            suite.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _say(what: str, figures: dict[str, float]) -> None:
    print(what, {name: round(value, 2) for name, value in figures.items()})  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
