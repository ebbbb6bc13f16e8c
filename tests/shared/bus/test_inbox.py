"""The inbox's rules, step by step, with the clock in hand; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared import clock
from shared.bus.inbox import HANDED_OUT_AGAIN, NOT_FINISHED, InboxRunner, UnstorableEvent, wait_before
from shared.bus.parked import retry
from shared.bus.tables import Inbox
from tests.doors import TestDoor
from tests.shared.bus.test_events import envelope
from tests.shared.bus.workshop import Done, WorkshopService


class Bench:
    """An inbox runner of which every step is asked for, with time that stands still until moved."""

    def __init__(self, door: TestDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        self.door, self.runner = door, InboxRunner(door)
        (door.settings.data_dir / "work.log").touch()
        self._now, self._tried = clock.now(), 0
        monkeypatch.setattr(door, "run_handler", self._count(door.run_handler))
        monkeypatch.setattr(clock, "now", lambda: self._now)

    def wait(self, **time: float) -> None:
        self._now += timedelta(**time)

    def work(self) -> int:
        """Handle all that is due; how many events were tried."""
        before = self._tried
        while self.runner.handle_next():
            pass
        return self._tried - before

    def _count(self, run: Any) -> Any:
        def handle(*arguments: Any) -> None:
            self._tried += 1
            run(*arguments)

        return handle

    def done(self) -> list[str]:
        with self.door.database.transaction(read=True) as db:
            return list(db.scalars(select(Done.text).order_by(Done.id)))

    def rows(self) -> list[Inbox]:
        with self.door.database.transaction(read=True) as db:
            return list(db.scalars(select(Inbox).order_by(Inbox.id)))


@pytest.fixture
def bench(door_of: Any, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(door_of(WorkshopService), monkeypatch)


def test_wait_doubles_up_to_an_hour() -> None:
    assert [wait_before(attempts).total_seconds() for attempts in (1, 2, 3, 10, 12, 13, 60)] == [1, 2, 4, 512, 2048, 3600, 3600]


def test_one_event_delivered_many_times_is_handled_once(bench: Bench) -> None:
    event = envelope("k", "once")
    bench.runner.store([event, event])
    bench.runner.store([event])
    assert bench.work() == 1
    bench.runner.store([event])
    assert bench.work() == 0
    assert bench.done() == ["once"]


def test_later_events_of_a_key_wait_behind_a_failing_one_and_others_go_on(bench: Bench) -> None:
    bench.runner.store([
        envelope("a", "fail 2 a1", sequence=1), envelope("a", "a2", sequence=2), envelope("b", "b1", sequence=3),
        envelope("a", "a3", sequence=4), envelope("b", "b2", sequence=5),
    ])  # fmt: skip
    assert bench.work() == 3
    assert bench.done() == ["b1", "b2"]
    bench.wait(seconds=0.9)
    assert bench.work() == 0
    bench.wait(seconds=0.1)
    assert bench.work() == 1
    bench.wait(seconds=2)
    assert bench.work() == 3
    assert bench.done() == ["b1", "b2", "fail 2 a1", "a2", "a3"]


def test_an_aggregates_events_wait_for_each_other_whichever_handlers_they_go_to(bench: Bench) -> None:
    bench.runner.store([envelope("a", "fail 1 a1", sequence=1), envelope("a", "a2", sequence=2, name="customer_released")])
    assert bench.work() == 1
    bench.wait(seconds=1)
    assert bench.work() == 2
    assert bench.done() == ["fail 1 a1", "released a2"]


def test_events_that_arrive_in_disorder_are_handled_in_the_publishers_order(bench: Bench) -> None:
    bench.runner.store([envelope("a", f"a{sequence}", sequence=sequence) for sequence in (3, 1, 2)])
    bench.work()
    assert bench.done() == ["a1", "a2", "a3"]


def test_event_is_parked_after_ten_attempts_and_can_be_given_ten_more(bench: Bench) -> None:
    bench.runner.store([envelope("a", "fail 12 a1", sequence=1), envelope("a", "a2", sequence=2)])
    waits = []
    for _ in range(9):
        assert bench.work() == 1
        [row, _] = bench.rows()
        assert row.status == "pending"
        waits.append((row.next_attempt_at - clock.now()).total_seconds())
        bench.wait(seconds=waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert bench.work() == 1
    [row, behind] = bench.rows()
    assert (row.status, row.attempts, behind.status) == ("parked", 10, "pending")
    bench.wait(days=1)
    assert bench.work() == 0
    with bench.door.database.transaction() as db:
        assert retry(db, clock.now(), [row.id, behind.id, row.id + 100]) == {row.id}
    assert bench.work() == 1
    bench.wait(seconds=1)
    assert bench.work() == 1
    bench.wait(seconds=2)
    assert bench.work() == 2
    assert bench.done() == ["fail 12 a1", "a2"]


def test_on_sqlite_what_comes_in_is_done_at_once_in_the_publishers_order(bench: Bench) -> None:
    bench.runner.take([envelope("a", f"a{sequence}", sequence=sequence) for sequence in (2, 1, 3)])
    at_once = bench.door.database.is_sqlite
    assert bench.done() == (["a1", "a2", "a3"] if at_once else [])
    assert bench.work() == (0 if at_once else 3)
    assert bench.done() == ["a1", "a2", "a3"]
    assert {(row.status, row.attempts) for row in bench.rows()} == {("done", 0)}


def test_event_taken_again_beside_a_new_one_is_handled_once(bench: Bench) -> None:
    known = envelope("a", "a1", sequence=1)
    bench.runner.take([known])
    bench.work()
    bench.runner.take([known, envelope("a", "a2", sequence=2), envelope("b", "b3", sequence=3)])
    bench.work()
    assert sorted(bench.done()) == ["a1", "a2", "b3"]


def test_failure_at_once_counts_and_what_came_with_it_goes_on(bench: Bench) -> None:
    bench.runner.take([envelope("a", "fail 1 a1", sequence=1), envelope("a", "a2", sequence=2), envelope("b", "b3", sequence=3)])
    bench.work()
    assert bench.done() == ["b3"]
    [failed, behind, _] = bench.rows()
    assert (failed.status, failed.attempts, behind.attempts) == ("pending", 1, 0)
    assert failed.last_error == "RuntimeError: no luck with fail 1 a1"
    # What comes later waits behind it as well.
    bench.runner.take([envelope("a", "a4", sequence=4)])
    assert bench.work() == 0
    bench.wait(seconds=1)
    bench.work()
    assert bench.done() == ["b3", "fail 1 a1", "a2", "a4"]


class Death(BaseException):
    """What ends a process, as far as one can go on after it."""


def test_attempt_at_what_another_process_left_is_counted_before_it_is_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [envelope("a", "a1", sequence=1), envelope("a", "a2", sequence=2), envelope("b", "b3", sequence=3)]
    bench.runner.store(left)
    run, deadly = bench.door.run_handler, {left[0]["id"]}

    def handle(name: str, told: dict[str, Any], db: Any) -> None:
        run(name, told, db)
        if told["id"] in deadly:
            raise Death

    monkeypatch.setattr(bench.door, "run_handler", handle)
    for attempts in range(1, 11):
        bench.wait(hours=1)
        bench.runner = InboxRunner(bench.door)
        with pytest.raises(Death):
            bench.work()
        row = bench.rows()[0]
        assert (row.status, row.attempts, row.last_error, row.next_attempt_at) == (
            "pending", attempts, NOT_FINISHED, clock.now() + wait_before(attempts),
        )  # fmt: skip
        # While it waits, the others have their turn.
        bench.runner = InboxRunner(bench.door)
        bench.work()
        assert bench.done() == ["b3"]
    bench.wait(hours=1)
    assert bench.work() == 0
    assert [(row.status, row.attempts) for row in bench.rows()] == [("parked", 10), ("pending", 0), ("done", 0)]
    deadly.clear()
    with bench.door.database.transaction() as db:
        retry(db, clock.now())
    bench.work()
    assert bench.done() == ["b3", "a1", "a2"]
    assert {row.last_error for row in bench.rows()} == {None}


def test_failure_that_was_counted_before_counts_once(bench: Bench) -> None:
    bench.runner.store([envelope("a", "fail 1 a1")])
    bench.wait(seconds=1)
    bench.runner = InboxRunner(bench.door)
    bench.work()
    [row] = bench.rows()
    assert (row.status, row.attempts, row.last_error) == ("pending", 1, "RuntimeError: no luck with fail 1 a1")


def test_what_is_handed_out_again_is_kept_before_it_is_handled(bench: Bench) -> None:
    again, new = envelope("a", "a1", sequence=1), envelope("b", "b2", sequence=2)
    bench.runner.take([again, new], again={again["id"]})
    assert bench.done() == []
    assert [(row.status, row.last_error) for row in bench.rows()] == [("pending", HANDED_OUT_AGAIN), ("pending", None)]
    assert bench.work() == 2
    assert [(row.status, row.attempts, row.last_error) for row in bench.rows()] == [("done", 0, None), ("done", 0, None)]
    bench.runner.take([again], again={again["id"]})
    assert bench.work() == 0


def test_event_that_no_contract_declares_is_parked_at_once(bench: Bench) -> None:
    bench.runner.store([envelope("a", "x")])
    with bench.door.database.transaction() as db:
        row = db.scalars(select(Inbox)).one()
        row.envelope = row.envelope | {"name": "customer_vanished"}
    assert bench.work() == 1
    [row] = bench.rows()
    assert (row.status, row.attempts, row.last_error) == ("parked", 1, "shared.contracts.base.UnknownEvent: pool.customer_vanished")


def test_event_that_nobody_hears_is_not_kept(bench: Bench) -> None:
    bench.runner.store([envelope("a", "x", name="customer_assigned")])
    assert bench.rows() == []


def test_what_a_failed_handler_wrote_and_published_is_undone(bench: Bench) -> None:
    nudges: list[int] = []
    bench.door.on_commit = lambda: nudges.append(1)
    bench.runner.store([envelope("a", "fail 1 a")])
    bench.work()
    assert bench.done() == []
    assert nudges == []
    bench.wait(seconds=1)
    bench.work()
    assert bench.done() == ["fail 1 a"]


def test_event_with_a_missing_field_is_tried_again_and_never_stops_the_runner(bench: Bench) -> None:
    bench.runner.store([envelope("a", "x", data={}), envelope("b", "y", sequence=2, caller="{"), envelope("c", "fine", sequence=3)])
    assert bench.work() == 3
    assert [row.status for row in bench.rows()] == ["pending", "pending", "done"]


def test_event_the_database_refuses_is_told_from_a_database_that_is_away(bench: Bench) -> None:
    with pytest.raises(UnstorableEvent):
        bench.runner.store([envelope("a", "x", sequence=2**63)])
    assert bench.rows() == []


def test_many_runners_handle_each_event_once_and_in_order(door_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(door_of(WorkshopService), monkeypatch)
    sequences = range(1, 61)
    bench.runner.store([envelope(f"k{sequence % 6}", f"{sequence % 6} {sequence:02}", sequence=sequence) for sequence in sequences])

    def work_until_done() -> None:
        while any(row.status != "done" for row in bench.rows()):
            bench.work()

    threads = [threading.Thread(target=work_until_done) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = (bench.door.settings.data_dir / "work.log").read_text().splitlines()
    begun = [" ".join(line.split()[3:]) for line in log if line.startswith("begun")]
    assert len(begun) == 60
    for key in range(6):
        of_key = [text for text in begun if text.startswith(f"{key} ")]
        assert of_key == sorted(of_key)
