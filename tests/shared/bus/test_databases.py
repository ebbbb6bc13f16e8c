"""Waiting for the database stops one request, not the process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from sqlalchemy import select, text

from deploy.suite import ROOT
from tests.shared.bus.harness import Workshop, eventually
from tests.shared.bus.workshop import Done

LOCK_TIMEOUT = 3.0


@contextmanager
def held(workshop: Workshop, done_id: str) -> Iterator[None]:
    """Another transaction holds the row; on SQLite, the database."""
    with workshop.database.transaction() as db:
        db.scalars(select(Done).where(Done.id == done_id).with_for_update()).one()
        yield


def count_in_background(workshop: Workshop, done_id: str, times: int) -> tuple[list[threading.Thread], list[dict[str, Any]]]:
    """Calls on threads of their own, and where their answers will be; one that waited too long for the lock is repeated."""
    replies: list[dict[str, Any]] = []

    def count() -> None:
        reply = workshop.call("count", id=done_id)
        while reply["status"] == 503:
            reply = workshop.call("count", id=done_id)
        replies.append(reply)

    threads = [threading.Thread(target=count) for _ in range(times)]
    for thread in threads:
        thread.start()
    return threads, replies


def test_calls_that_wait_for_one_lock_all_end_right(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    done_id = workshop.call("do_work", text="x")["body"]["id"]
    with held(workshop, done_id):
        threads, replies = count_in_background(workshop, done_id, 2)
        time.sleep(1)
        assert replies == []
    for thread in threads:
        thread.join()
    assert sorted(reply["body"]["times"] for reply in replies) == [1, 2]
    assert workshop.call("count", id=done_id)["body"]["times"] == 3


def test_others_are_answered_while_calls_wait_for_a_lock(on_postgres: Workshop) -> None:
    on_postgres.start().wait_ready()
    done_id = on_postgres.call("do_work", text="x")["body"]["id"]
    with held(on_postgres, done_id):
        threads, replies = count_in_background(on_postgres, done_id, 4)
        took = []
        for number in range(9):
            started = time.monotonic()
            assert on_postgres.call("do_work", text=f"other {number}")["status"] == 200
            took.append(time.monotonic() - started)
        assert replies == []
    # A process that waits itself would need the time of a lock for each; a busy machine delays some.
    assert median(took) < LOCK_TIMEOUT / 2
    for thread in threads:
        thread.join()
    assert sorted(reply["body"]["times"] for reply in replies) == [1, 2, 3, 4]


def test_nobody_waits_longer_than_the_lock_timeout(on_postgres: Workshop) -> None:
    on_postgres.start().wait_ready()
    done_id = on_postgres.call("do_work", text="x")["body"]["id"]
    started = time.monotonic()
    with held(on_postgres, done_id):
        reply = on_postgres.call("count", id=done_id)
    assert LOCK_TIMEOUT - 0.2 < time.monotonic() - started < LOCK_TIMEOUT + 20
    assert (reply["status"], reply["problem"]["code"]) == (503, "record_busy")


def test_service_goes_on_after_its_database_came_back(on_postgres: Workshop) -> None:
    """Every connection of the pool is cut, as at a restart of the server."""
    replica = on_postgres.start().wait_ready()
    assert on_postgres.call("do_work", text="before")["status"] == 200
    on_postgres.tell("k", "fail 1 time")
    with on_postgres.database.transaction() as db:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        assert db.execute(text(cut)).all()
    assert on_postgres.call("do_work", text="after")["status"] in (200, 503)
    eventually(lambda: on_postgres.call("do_work", text="at last")["status"] == 200)
    eventually(lambda: "fail 1 time" in on_postgres.done())
    assert replica.code is None


CHECK_GREEN = """
import sys
import shared.run
from shared.bus.runner import check_green
from shared.db.engine import Database
import psycopg.waiting
if sys.argv[2] == "blocking":
    psycopg.waiting.wait = psycopg.waiting.wait_c
check_green(Database("pool", sys.argv[1]))
"""


def check_green(url: str, driver: str) -> subprocess.CompletedProcess[str]:
    """Run the self-test of the start in a process patched as a service is; "blocking" waits as psycopg does by default."""
    command = [sys.executable, "-c", CHECK_GREEN, url, driver]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=150)


def test_service_starts_on_a_driver_that_lets_others_work(postgres: Any) -> None:
    ended = check_green(postgres.url, "as started")
    assert ended.returncode == 0, ended.stderr


def test_service_refuses_to_start_on_a_driver_that_blocks(postgres: Any) -> None:
    ended = check_green(postgres.url, "blocking")
    assert ended.returncode == 1
    assert "blocks the whole process" in ended.stderr
