"""SIGTERM: what runs is finished once and acknowledged, what waits is left to others, and the process is gone at once."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest

from deploy.processes import free_port
from shared.bus.topology import inbox_queue, rpc_queue
from shared.errors import AppError
from tests.shared.bus.harness import NAME, Process, Workshop, eventually

AT_ONCE = 20.0
"""Seconds an idle process may take on a machine that is busy with much else; alone it takes less than one. After 25 it would be cut off."""


def work_in_background(workshop: Workshop, text: str, *, milliseconds: int = 0) -> tuple[threading.Thread, list[Any]]:
    """A call in a thread of its own, with where its answer will be."""
    answers: list[Any] = []

    def call() -> None:
        try:
            answers.append(workshop.call("do_work", text=text, milliseconds=milliseconds))
        except AppError as error:
            answers.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    eventually(lambda: workshop.begun(text) == 1)
    return thread, answers


def test_idle_service_stops_at_once(workshop: Workshop) -> None:
    replica = workshop.start().wait_ready()
    assert workshop.call("do_work", text="x")["status"] == 200
    started = time.monotonic()
    replica.terminate()
    assert replica.wait() == 0
    assert time.monotonic() - started < AT_ONCE
    assert "service_stopped" in replica.printed()


def test_service_that_waits_for_its_broker_stops_at_once(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start(amqp_url="amqp://guest:guest@127.0.0.1:1/%2F")
    eventually(lambda: "waiting" in replica.printed())
    started = time.monotonic()
    replica.terminate()
    assert replica.wait() == 0
    assert time.monotonic() - started < AT_ONCE


def test_call_in_hand_is_finished_once_and_answered(workshop: Workshop) -> None:
    leaving, staying = workshop.start(), workshop.start()
    leaving.wait_ready()
    staying.wait_ready()
    calls = [work_in_background(workshop, f"call {number}", milliseconds=2000) for number in range(6)]
    leaving.terminate()
    started = time.monotonic()
    assert leaving.wait() == 0
    assert time.monotonic() - started < 2 + AT_ONCE
    for thread, _ in calls:
        thread.join()
    assert [answers[0]["status"] for _, answers in calls] == [200] * 6
    assert [workshop.begun(f"call {number}") for number in range(6)] == [1] * 6
    assert sorted(workshop.done()) == [f"call {number}" for number in range(6)]
    assert workshop.call("do_work", text="goes on")["status"] == 200


def test_event_in_hand_is_finished_once_and_others_are_left(on_postgres: Workshop) -> None:
    leaving, staying = on_postgres.start(), on_postgres.start()
    leaving.wait_ready()
    staying.wait_ready()
    for number in range(12):
        on_postgres.tell(f"k{number}", f"sleep {number}")
    eventually(lambda: f"begun {leaving.pid}" in on_postgres.work_log.read_text())
    leaving.terminate()
    started = time.monotonic()
    assert leaving.wait() == 0
    assert time.monotonic() - started < 1.5 + AT_ONCE
    eventually(lambda: len(on_postgres.done("sleep")) == 12)
    assert [on_postgres.begun(f"sleep {number}") for number in range(12)] == [1] * 12
    assert on_postgres.waiting(inbox_queue(NAME)) == 0
    assert on_postgres.waiting(rpc_queue(NAME)) == 0


def test_event_of_the_last_call_goes_out_before_the_end(on_sqlite: Workshop) -> None:
    """The relay makes a last pass after everything that publishes."""
    replica = on_sqlite.start().wait_ready()
    threads = [threading.Thread(target=on_sqlite.tell, args=(f"k{n}", f"x {n}")) for n in range(20)]
    for thread in threads:
        thread.start()
    replica.terminate()
    assert replica.wait() == 0
    for row in on_sqlite.outbox(sent=False):
        pytest.fail(f"left behind: {row.envelope}")
    on_sqlite.start().wait_ready()
    for thread in threads:
        thread.join()
    eventually(lambda: len(on_sqlite.done("x")) == 20)


def test_second_signal_ends_it_at_once(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start(probe_port=free_port()).wait_ready()
    thread, answers = work_in_background(on_sqlite, "wait long")
    replica.terminate()
    # The first signal was heard: two that come together are one.
    eventually(lambda: replica.probe("/readyz")[0] == 503)
    assert replica.code is None
    replica.terminate()
    assert replica.wait() == 1
    on_sqlite.let_go()
    successor = on_sqlite.start().wait_ready()
    thread.join()
    # The call went back to its queue: the next process did it, within the deadline of its caller.
    assert answers[0]["status"] == 200
    assert on_sqlite.done() == ["wait long"]
    stop(successor)


def stop(replica: Process) -> None:
    replica.terminate()
    assert replica.wait() == 0


def turns(workshop: Workshop) -> list[str]:
    """What the timer's runs left, in order."""
    return [line.split()[0] for line in workshop.work_log.read_text().splitlines() if line.endswith(" turn")]


def most_at_once(turns: list[str]) -> int:
    running = itertools.accumulate(1 if one == "began" else -1 for one in turns)
    return max(running, default=0)


def test_a_timer_runs_as_often_at_once_as_it_says_and_hears_of_the_end(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start().wait_ready()
    (on_sqlite.work_log.parent / "turns").touch()
    eventually(lambda: turns(on_sqlite).count("ended") >= 4 and most_at_once(turns(on_sqlite)) >= 2)
    (on_sqlite.work_log.parent / "turns").unlink()
    assert most_at_once(turns(on_sqlite)) == 2
    started = time.monotonic()
    replica.terminate()
    assert replica.wait() == 0
    assert time.monotonic() - started < AT_ONCE
    assert turns(on_sqlite).count("began") == turns(on_sqlite).count("ended")
