"""Events through a real broker and real processes: kept, tried again, run once."""

from __future__ import annotations

import itertools
import pickle
import time
from typing import Any

import orjson
from sqlalchemy import select

from deploy.parked import parked, retry
from shared.bus import publish
from shared.bus.inbox import NOT_FINISHED
from shared.bus.tables import Inbox
from shared.bus.topology import events_exchange, inbox_queue
from shared.db.base import new_id
from tests.shared.bus.harness import NAME, Workshop, eventually
from tests.shared.bus.workshop import WorkshopService, news


def envelope(about: str, text: str, *, sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """An event as it crosses the wire."""
    event = news(about, text)
    return {
        "id": new_id(), "name": event.wire_name(), "publisher": NAME, "key": about, "sequence": sequence,
        "at": "2026-11-24T08:00:00Z", "caller": None, "data": event.encode(),
    } | changes  # fmt: skip


def test_event_reaches_its_handler_within_moments_of_the_commit(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    workshop.tell("warm", "up")
    eventually(lambda: workshop.done() == ["up"])
    numbers = itertools.count()

    def took() -> float:
        text, started = f"quick {next(numbers)}", time.monotonic()
        workshop.tell("k", text)
        eventually(lambda: text in workshop.done(), every=0.005)
        return time.monotonic() - started

    # Far under the second at which relay and inbox look by themselves, five times in a row: they were woken.
    # A busy machine gives them the time for it only sometimes.
    eventually(lambda: all(took() < 0.5 for _ in range(5)))


def test_failing_handler_keeps_the_event_and_succeeds_later(workshop: Workshop) -> None:
    replica = workshop.start().wait_ready()
    workshop.tell("k", "refuse at first")
    error = "RuntimeError: no luck with refuse at first"
    [row] = eventually(lambda: [row for row in workshop.inbox() if row.last_error == error])
    assert (row.status, row.attempts > 0) == ("pending", True)
    assert workshop.done() == []
    assert workshop.waiting(inbox_queue(NAME)) == 0
    workshop.let_go()
    eventually(lambda: workshop.done() == ["refuse at first"])
    [row] = workshop.inbox()
    assert (row.status, row.last_error) == ("done", None)
    # Each failure was told, with its traceback.
    told = [orjson.loads(line) for line in replica.printed().splitlines() if "event_handler_failed" in line]
    assert [line["attempts"] for line in told] == list(range(1, row.attempts + 1))
    assert all("Traceback" in line["exception"] and "workshop.py" in line["exception"] for line in told)


def test_failing_handler_is_tried_again_later_and_later(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    workshop.tell("k", "fail 2 times")
    eventually(lambda: workshop.done() == ["fail 2 times"])
    [row] = workshop.inbox()
    assert (row.status, row.attempts, row.last_error) == ("done", 2, None)
    first, second, third = (float(line.split()[2]) for line in workshop.work_log.read_text().splitlines() if line.startswith("begun"))
    # It never spins, and is not forgotten.
    assert 1.0 <= second - first < 30.0
    assert 2.0 <= third - second < 30.0


def test_process_killed_in_a_handler_runs_it_again_with_one_effect(workshop: Workshop) -> None:
    replica = workshop.start().wait_ready()
    # No outbox has it: what the broker is told is done is gone.
    told = envelope("k", "hold it")
    workshop.send(orjson.dumps(told), exchange=events_exchange(NAME), routing_key=told["name"], content_type="application/json")
    eventually(lambda: workshop.begun("hold it") == 1)
    replica.kill()
    assert workshop.done() == []
    workshop.let_go()
    workshop.start().wait_ready()
    eventually(lambda: workshop.done() == ["hold it"])
    assert workshop.begun("hold it") == 2
    assert [row.status for row in workshop.inbox()] == ["done"]


def test_event_that_kills_its_process_is_parked_in_the_end_and_others_go_on(workshop: Workshop) -> None:
    replica = workshop.start().wait_ready()
    workshop.tell("k", "die of it")
    eventually(lambda: replica.code is not None)
    with workshop.database.transaction() as db:
        publish(db, news("other", "goes on"))
    # Of the first time nobody could know; from then on each is counted before it is tried.
    [row] = dies_of_it(workshop)
    assert (row.status, row.attempts, row.last_error) == ("pending", 1, NOT_FINISHED)
    try_again_now(workshop, attempts=9)
    assert [row.attempts for row in dies_of_it(workshop)] == [10]
    try_again_now(workshop, attempts=10)
    replica = workshop.start().wait_ready()
    eventually(lambda: [row.status for row in about_k(workshop)] == ["parked"])
    workshop.tell("other", "still goes on")
    eventually(lambda: workshop.done() == ["goes on", "still goes on"])
    assert (replica.code, workshop.begun("die of it")) == (None, 3)
    [(_, listed)] = parked(workshop.settings, [WorkshopService])
    assert (listed.key, listed.attempts, listed.last_error) == ("k", 10, NOT_FINISHED)
    workshop.let_go()
    assert retry(workshop.settings, NAME, set()) == 1
    eventually(lambda: "die of it" in workshop.done())


def dies_of_it(workshop: Workshop) -> list[Inbox]:
    """What stands in the inbox after one more process died of the event."""
    replica, before = workshop.start(), workshop.begun("die of it")
    eventually(lambda: replica.code is not None)
    assert workshop.begun("die of it") == before + 1, replica.printed()[-3000:]
    return about_k(workshop)


def about_k(workshop: Workshop) -> list[Inbox]:
    return [row for row in workshop.inbox() if row.key == "k"]


def try_again_now(workshop: Workshop, *, attempts: int) -> None:
    """As if so many attempts were made, and the time for the next one had come."""
    with workshop.database.transaction() as db:
        row = db.scalars(select(Inbox).where(Inbox.key == "k")).one()
        row.attempts, row.next_attempt_at = attempts, row.received_at


def test_event_committed_before_a_crash_goes_out_after_it(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start().wait_ready()
    on_sqlite.tell("k", "hold on")
    # The whole process stands still in the handler now: what is committed meanwhile, nobody can send.
    eventually(lambda: on_sqlite.begun("hold on") == 1)
    replica.kill()
    with on_sqlite.database.transaction() as db:
        publish(db, news("k2", "committed"))
    assert "committed" in [row.envelope["data"]["reason"] for row in on_sqlite.outbox(sent=False)]
    on_sqlite.let_go()
    on_sqlite.start().wait_ready()
    eventually(lambda: sorted(on_sqlite.done()) == ["committed", "hold on"])
    eventually(lambda: on_sqlite.outbox(sent=False) == [])


def test_message_nobody_can_read_is_kept_and_the_service_goes_on(workshop: Workshop) -> None:
    replica = workshop.start().wait_ready()
    good, json = envelope("k", "x"), "application/json"
    without_id = {name: value for name, value in good.items() if name != "id"}
    refused = [
        (b"{not json", json, "unreadable"),
        (b"\xff\xfe\x00", json, "unreadable"),
        (orjson.dumps("text"), json, "unreadable"),
        (orjson.dumps(without_id), json, "unreadable"),
        (orjson.dumps(good | {"sequence": "1"}), json, "unreadable"),
        (orjson.dumps(good), "text/plain", "unreadable"),
        (orjson.dumps(good), None, "unreadable"),
        (pickle.dumps(good), "application/x-python-serialize", "unreadable"),
        (orjson.dumps(good | {"sequence": 2**63}), json, "cannot_be_stored"),
    ]
    if not workshop.database.is_sqlite:
        refused.append((orjson.dumps(good | {"key": "k" * 1000}), json, "cannot_be_stored"))
    for body, content_type, _ in refused:
        workshop.send(body, exchange=events_exchange(NAME), routing_key=good["name"], content_type=content_type)
    workshop.tell("k", "after all")
    eventually(lambda: workshop.done() == ["after all"])
    eventually(lambda: workshop.waiting(f"{NAME}.rejected") == len(refused))
    kept = workshop.rejected()
    assert sorted(kept) == sorted((reason, body) for body, _, reason in refused)
    assert replica.code is None
    eventually(lambda: replica.printed().count("message_rejected") == len(refused))


def test_parked_event_is_listed_and_tried_again_by_the_running_service(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    workshop.tell("k", "refuse at first")
    error = "RuntimeError: no luck with refuse at first"
    eventually(lambda: [row.last_error for row in workshop.inbox()] == [error])
    with workshop.database.transaction() as db:
        row = db.scalars(select(Inbox)).one()
        row.status, row.attempts, row.next_attempt_at = "parked", 10, row.received_at
    workshop.tell("k", "waits behind")
    [(service, listed)] = parked(workshop.settings, [WorkshopService])
    assert (service, listed.id, listed.key, listed.last_error) == (NAME, row.id, "k", error)
    assert workshop.call("bus_status")["body"]["inbox"]["parked"] == 1
    assert retry(workshop.settings, NAME, {row.id + 100}) == 0
    assert workshop.done() == []
    workshop.let_go()
    assert retry(workshop.settings, NAME, set()) == 1
    eventually(lambda: workshop.done() == ["refuse at first", "waits behind"])
    assert parked(workshop.settings, [WorkshopService]) == []


def test_handler_that_waits_lets_calls_and_other_events_pass(on_postgres: Workshop) -> None:
    on_postgres.start().wait_ready()
    on_postgres.tell("slow", "wait here")
    eventually(lambda: on_postgres.begun("wait here") == 1)
    on_postgres.tell("slow", "stay behind")
    on_postgres.tell("quick", "pass by")
    eventually(lambda: "pass by" in on_postgres.done())
    assert on_postgres.done() == ["pass by"]
    on_postgres.let_go()
    eventually(lambda: sorted(on_postgres.done()) == ["pass by", "stay behind", "wait here"])
