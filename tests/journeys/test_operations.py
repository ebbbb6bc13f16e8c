"""What an operator sees: readiness, figures of every process, and how fast it stops."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pika
import requests
from prometheus_client.parser import text_string_to_metric_families

from deploy.parts import SERVICES
from deploy.suite import Suite
from shared import clock
from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD

T = TypeVar("T")

NAMES = {service.name for service in SERVICES}


def admin(suite: Suite) -> Client:
    """The administrator."""
    return Client(suite.url, "admin", PASSWORD)


def figures(suite: Suite) -> dict[tuple[str, ...], float]:
    """Every figure by name and label values."""
    answer = requests.get(f"{suite.url}/metrics", timeout=60)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, *map(str, sample.labels.values())): sample.value for family in families for sample in family.samples}


def test_figures_tell_what_waits_in_every_service(suite: Suite) -> None:
    def all_done() -> bool:
        # One answer of all of them: on a busy machine a service may be too late for it.
        found = figures(suite)
        for name in ("outbox_oldest_seconds", "inbox_oldest_seconds"):
            assert {key[1] for key in found if key[0] == f"highseas_{name}"} == NAMES
        for name, value in (("service_up", 1), ("outbox_waiting", 0), ("inbox_pending", 0), ("inbox_parked", 0)):
            assert {key[1]: figure for key, figure in found.items() if key[0] == f"highseas_{name}"} == dict.fromkeys(NAMES, value)
        return True

    eventually(all_done)


def test_a_filter_may_be_as_long_as_lists_take_it_and_no_address_longer(suite: Suite) -> None:
    client = admin(suite)
    ids = [f"00000000-0000-7000-8000-{number:012d}" for number in range(480)]
    tree = json.dumps({"field": "id", "op": "in", "value": ids}, separators=(",", ":"))
    assert 18_000 < len(tree) < 20_000
    assert client.get("/customers", filter=tree)["total"] == 0
    refused = requests.get(f"{suite.url}/api/v1/customers", params={"q": "x" * 70_000}, timeout=60)
    problem = refused.json()
    assert (refused.status_code, refused.headers["Content-Type"]) == (414, "application/problem+json")
    assert (problem["status"], problem["code"], problem["type"]) == (414, "address_too_long", "urn:highseas:problem:address_too_long")
    assert problem["title"] == problem["detail"] != ""
    large = requests.get(f"{suite.url}/healthz", headers={"X-Large": "x" * 9_000}, timeout=60)
    assert (large.status_code, large.json()["code"]) == (431, "headers_too_large")


def test_figures_count_what_happens_in_the_services_own_processes(suite: Suite) -> None:
    before = figures(suite)
    connection = pika.BlockingConnection(pika.URLParameters(suite.amqp_url))
    connection.channel().basic_publish("nameko-rpc", "sales.ping", b"{}", pika.BasicProperties(content_type="application/json"))
    connection.close()
    rejected = [key for key in before if key[0] == "highseas_rejected_messages_total"]
    assert rejected == []
    eventually(lambda: any(key[0] == "highseas_rejected_messages_total" for key in figures(suite)))
    [(key, value)] = [(key, value) for key, value in figures(suite).items() if key[0] == "highseas_rejected_messages_total"]
    assert (set(key[1:]), value) == ({"sales", "no_reply_to"}, 1)

    def counted() -> int:
        return sum(key[0] == "highseas_rpc_seconds_count" and "bus_status" in key for key in figures(suite))

    eventually(lambda: counted() == len(NAMES))


def test_administrators_see_every_process_and_its_tables(suite: Suite) -> None:
    person = admin(suite)

    def all_ready() -> bool:
        told = person.get("/system/status")
        assert (told["broker"], {one["service"] for one in told["services"]}) == ("ready", NAMES)
        for one in told["services"]:
            assert (one["status"], one["replicas"]) == ("ready", 1)
            assert one["inbox"]["parked"] == 0
            assert one["schema_revision"].isdigit()
        assert told["storage"]["database_bytes"] > 1_000_000
        return True

    eventually(all_ready)


def test_changed_time_zone_reaches_every_service_without_a_restart(suite: Suite) -> None:
    person = admin(suite)
    before = person.get("/organisation")

    def change(zone: str) -> None:
        person.patch("/organisation", {"time_zone": zone, "version": person.get("/organisation")["version"]})

    def today_is(zone: str) -> bool:
        examples = [person.get(f"/meta/{module}/numbering")["example"] for module in ("tickets", "orders", "receipts")]
        return all(datetime.now(ZoneInfo(zone)).strftime("%Y%m%d") in example for example in examples)

    try:
        # It is never the same day in both.
        for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
            change(zone)
            eventually(lambda zone=zone: today_is(zone))
    finally:
        change(before["time_zone"])
        eventually(lambda: today_is(before["time_zone"]))


def test_every_worker_tells_its_streams_and_lets_them_go_when_it_stops(suite: Suite) -> None:
    person = admin(suite)
    opened = [person.session.get(f"{suite.url}/api/v1/events/stream", stream=True, timeout=60) for _ in range(4)]
    lines = [(line for line in one.iter_lines(decode_unicode=True) if line) for one in opened]
    assert [next(one) for one in lines] == [": begins"] * 4
    person.twin().post("/reminders", {"text": "Look", "remind_at": clock.now().isoformat()})
    # What a worker's first stream is told, everything, may come with it.
    assert all(any("reminders" in line for line in within(60, one)) for one in lines)
    eventually(lambda: figures(suite)["highseas_streams",] == 4)
    old = suite.pids()["gateway"]
    os.kill(old, signal.SIGTERM)
    assert all(line.startswith((":", "event: changed", "data: ")) for one in lines for line in within(60, one))
    asked = time.monotonic()
    # The old one may answer once more while it goes.
    eventually(lambda: suite.pids().get("gateway", old) != old)
    # The connections of the streams stay open for another request; after 25 seconds they are cut off.
    assert time.monotonic() - asked < 20
    suite.wait_ready()


def within(seconds: float, lines: Iterator[str]) -> Iterator[str]:
    """The lines of a stream to its end. Fails when that takes longer, as there is a line every ten seconds, and when it is cut off instead."""
    deadline = time.monotonic() + seconds
    for line in lines:
        assert time.monotonic() < deadline, f"still there: {line}"
        yield line


def in_time(ask: Callable[[], T], complete: Callable[[T], bool]) -> T:
    """The answer in which those who live are in, and which came without waiting for the dead; a busy machine may need several."""

    def asked() -> T | None:
        started = time.monotonic()
        found = ask()
        return found if complete(found) and time.monotonic() - started < 4 else None

    return eventually(asked)  # type: ignore[return-value]


def status_of(person: Client, *services: str) -> dict[str, Any]:
    """What the status page says of some services."""
    return {one["service"]: one for one in person.get("/system/status")["services"] if one["service"] in services}


def test_service_that_is_down_is_told_without_delay(suite: Suite) -> None:
    suite.hold("reporting")
    try:
        found = in_time(lambda: figures(suite), lambda found: found["highseas_service_up", "sales"] == 1)
        assert found["highseas_service_up", "reporting"] == 0
        assert ("highseas_outbox_waiting", "reporting") not in found
        assert requests.get(f"{suite.url}/readyz", timeout=60).json()["parts"]["reporting"] == "waiting"
        person = admin(suite)
        told = in_time(lambda: status_of(person, "reporting", "sales"), lambda told: told["sales"]["status"] == "ready")
        assert told["reporting"]["status"] == "away"
        eventually(lambda: status_of(person, "reporting")["reporting"]["replicas"] == 0)
    finally:
        suite.release("reporting")
    suite.wait_ready()
