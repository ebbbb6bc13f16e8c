"""One power cut of the broker in the middle of work, and what is found afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from deploy.processes import free_port
from shared.bus import publish
from shared.errors import AppError, Unavailable
from tests.shared.bus.harness import Workshop, eventually
from tests.shared.bus.workshop import news

pytestmark = pytest.mark.timeout(400)
"""The broker starts twice."""


@pytest.fixture(scope="module")
def outage(rabbit: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Work goes on while the broker is killed; a call ends without it, a replica is told to stop; then the broker comes back."""
    workshop = Workshop(Path(tmp_path_factory.mktemp("outage")), "", rabbit.url)
    try:
        yield _outage(workshop, rabbit)
    finally:
        if not rabbit.is_up():
            rabbit.start()
        workshop.close()


def _outage(workshop: Workshop, rabbit: Any) -> SimpleNamespace:
    replica, other = (workshop.start(probe_port=free_port()).wait_ready() for _ in range(2))
    call = threading.Thread(target=_call_in_vain, args=(workshop,))
    call.start()
    eventually(lambda: workshop.begun("wait cut off") == 1)
    busy, idle = (replica, other) if f"begun {replica.pid} " in workshop.work_log.read_text() else (other, replica)
    workshop.tell("before", "x before", times=50)
    rabbit.kill()
    call.join()
    workshop.let_go()
    eventually(lambda: workshop.ended("wait cut off") == 1)
    with workshop.database.transaction() as db:
        for number in range(50):
            publish(db, news("meanwhile", f"x meanwhile {number}"))
    refused_in = _refused_in(workshop)
    eventually(lambda: busy.probe("/readyz") == (503, "waiting\n"))
    probed = busy.probe("/healthz")
    idle.terminate()
    started = time.monotonic()
    code, stopped_in = idle.wait(), time.monotonic() - started
    rabbit.start()
    back = time.monotonic()
    eventually(lambda: _answers(workshop))
    return SimpleNamespace(
        workshop=workshop, busy=busy, refused_in=refused_in, probed=probed, idle_code=code, stopped_in=stopped_in,
        back_after=time.monotonic() - back,
    )  # fmt: skip


def _call_in_vain(workshop: Workshop) -> None:
    with pytest.raises(Unavailable):
        workshop.call("do_work", key="k", text="wait cut off")


def _refused_in(workshop: Workshop) -> float:
    started = time.monotonic()
    with pytest.raises(AppError):
        workshop.call("ping", timeout=1)
    return time.monotonic() - started


def _answers(workshop: Workshop) -> bool:
    try:
        return bool(workshop.call("ping", timeout=5)["status"] == 200)
    except AppError:
        return False


def test_consumers_are_back_within_seconds_of_the_broker(outage: SimpleNamespace) -> None:
    assert outage.back_after < 30
    told = [orjson.loads(line) for line in outage.busy.printed().splitlines() if "broker_unreachable" in line]
    waits = [line["retry_in_seconds"] for line in told if "retry_in_seconds" in line]
    assert 0 < max(waits) <= 3


def test_service_lives_and_is_not_ready_without_its_broker(outage: SimpleNamespace) -> None:
    assert outage.probed == (200, "alive\n")
    eventually(lambda: outage.busy.probe("/readyz") == (200, "ready\n"))


def test_service_whose_reply_cannot_be_sent_lives(outage: SimpleNamespace) -> None:
    assert outage.busy.code is None
    assert "Traceback" not in outage.busy.printed()


def test_write_that_could_not_be_answered_was_done_once_and_is_answered_to_its_key(outage: SimpleNamespace) -> None:
    reply = outage.workshop.call("do_work", key="k", text="wait cut off")
    assert (reply["status"], reply["replayed"]) == (200, True)
    assert outage.workshop.done("wait") == ["wait cut off"]


def test_outbox_drains_and_nothing_is_lost(outage: SimpleNamespace) -> None:
    expected = [f"x before {number}" for number in range(50)] + [f"x meanwhile {number}" for number in range(50)]
    eventually(lambda: len(outage.workshop.done("x")) >= 100)
    assert sorted(outage.workshop.done("x")) == sorted(expected)
    assert outage.workshop.done("x meanwhile") == expected[50:]
    eventually(lambda: outage.workshop.outbox(sent=False) == [])


def test_call_during_the_outage_is_refused_within_its_time(outage: SimpleNamespace) -> None:
    assert outage.refused_in < 15
    assert outage.workshop.client.in_flight == 0


def test_service_stops_at_once_while_its_broker_is_away(outage: SimpleNamespace) -> None:
    assert outage.idle_code == 0
    assert outage.stopped_in < 20
