"""Listeners on a real broker: each hears what passes, and none of them counts as somebody who must hear it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.broker import PrivateBroker
from shared.bus import publish
from shared.bus.listener import Listener
from shared.bus.relay import Relay
from shared.bus.topology import declare_all
from shared.contracts.base import Event
from tests.fixtures_infra import control
from tests.shared.bus.harness import NAME, Workshop, eventually
from tests.shared.bus.workshop import WorkshopService, news


@pytest.fixture
def relay(on_sqlite: Workshop) -> Iterator[Relay]:
    """A relay that sends only when asked to."""
    made = Relay(NAME, on_sqlite.database, on_sqlite.settings.amqp_url)
    yield made
    made.stop()
    made.run()


@contextmanager
def listening(workshop: Workshop) -> Iterator[list[str]]:
    """What somebody hears who listens for now: "began", and the reasons of the news."""
    heard: list[str] = []

    def hear(event: Event) -> None:
        heard.append(str(vars(event)["reason"]))

    listener = Listener(workshop.settings.amqp_url, [type(news("k", "k"))], hear, lambda: heard.append("began"))
    listener.start()
    listener.start()
    eventually(lambda: heard == ["began"])
    yield heard
    listener.close()


def tell(workshop: Workshop, *texts: str) -> None:
    with workshop.database.transaction() as db:
        publish(db, *(news("k", text) for text in texts))


def test_all_who_listen_hear_what_passes_from_then_on(on_sqlite: Workshop, relay: Relay) -> None:
    tell(on_sqlite, "k before")
    relay.send_all()
    with listening(on_sqlite) as one, listening(on_sqlite) as other:
        tell(on_sqlite, "k 1", "k 2")
        relay.send_all()
        eventually(lambda: one == other == ["began", "k 1", "k 2"])
    tell(on_sqlite, "k after")
    assert relay.send_all() is True
    assert one == ["began", "k 1", "k 2"]


def test_a_listener_does_not_stand_for_a_subscriber_without_a_queue(on_sqlite: Workshop, relay: Relay) -> None:
    on_sqlite.forget_queues()
    with listening(on_sqlite) as heard:
        tell(on_sqlite, "k 1")
        assert relay.send_all() is False
        assert [row.last_error for row in on_sqlite.outbox(sent=False)] == ["UnroutableError"]
        declare_all(on_sqlite.settings.amqp_url, [WorkshopService])
        assert relay.send_all() is True
        eventually(lambda: heard == ["began", "k 1"])


def test_a_listener_hears_again_when_its_connection_was_cut(on_sqlite: Workshop, relay: Relay, rabbit: PrivateBroker) -> None:
    with listening(on_sqlite) as heard:
        control(rabbit, "close_all_connections", "tried")
        eventually(lambda: len(heard) > 1)
        # One that was opened while they were being closed is closed as well.
        numbers = itertools.count()

        def hears() -> bool:
            tell(on_sqlite, f"k {next(numbers)}")
            return relay.send_all() and heard[-1].startswith("k ")

        eventually(hears, every=0.5)
        assert heard[:2] == ["began", "began"]
