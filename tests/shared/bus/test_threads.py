"""The domain without eventlet and Nameko: door, relay and inbox on plain threads, with a real broker between them."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import orjson
import pika
import pytest

from deploy.suite import ROOT
from shared.bus.inbox import InboxRunner
from shared.bus.relay import Relay
from shared.bus.topology import declare_all, events_exchange, inbox_queue
from tests.doors import TestDoor
from tests.shared.bus.harness import eventually
from tests.shared.library import Heard, LibraryService


def test_door_relay_and_inbox_work_on_plain_threads(door_of: Any, caller: Any, rabbit: Any) -> None:
    patcher = sys.modules.get("eventlet.patcher")
    assert patcher is None or not patcher.is_monkey_patched("thread")
    door: TestDoor = door_of(LibraryService)
    declare_all(rabbit.url, [LibraryService])
    relay, inbox = Relay("library", door.database, rabbit.url), InboxRunner(door)
    door.on_commit = relay.nudge
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.url))
    channel = connection.channel()
    # The library tells of loans in activity's name; here it hears them itself.
    channel.queue_bind(inbox_queue("library"), events_exchange("library"), "reminder_created")
    threads = [threading.Thread(target=work) for work in (relay.run, inbox.run)]
    for thread in threads:
        thread.start()
    try:
        me = caller()
        titles = [f"Book {number:02}" for number in range(20)]
        for title in titles:
            door.call("lend_book", me, id=door.call("create_book", me, title=title)["id"])
        for method, _, body in channel.consume(inbox_queue("library"), inactivity_timeout=150):
            assert method is not None, "not all events arrived"
            inbox.store([orjson.loads(body)])
            channel.basic_ack(method.delivery_tag)
            if method.delivery_tag == len(titles):
                break
        eventually(lambda: heard(door) == titles)
        assert door.parked() == []
    finally:
        for running in (relay, inbox):
            running.stop()
        for thread in threads:
            thread.join()
        channel.cancel()
        channel.queue_delete(inbox_queue("library"))
        connection.close()


def heard(door: TestDoor) -> list[str]:
    with door.database.transaction(read=True) as db:
        return sorted(row.text for row in db.query(Heard))


@pytest.mark.parametrize("service", ["services.sales.service", "services.finance.service", "services.pool.service"])
def test_domain_needs_no_framework_of_the_transport(service: str) -> None:
    """What is imported to call a service in a process of one's own."""
    check = f"import sys, {service}, shared.bus.door, shared.bus.inbox, shared.bus.relay; print({{'nameko', 'eventlet', 'kombu'}} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT, check=True, timeout=150)
    assert ended.stdout.strip() == "set()"
