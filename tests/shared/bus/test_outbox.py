"""The relay on a real broker: in order, confirmed, only where it arrives, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import orjson
import pytest

from shared import clock
from shared.bus import publish
from shared.bus.relay import LEASE, Relay
from shared.bus.topology import declare_all, events_exchange, inbox_queue
from shared.contracts.base import Event
from tests.shared.bus.harness import NAME, Workshop, eventually
from tests.shared.bus.workshop import WorkshopService, news


@pytest.fixture
def relay(workshop: Workshop) -> Iterator[Relay]:
    """A relay that sends only when asked to."""
    made = Relay(NAME, workshop.database, workshop.settings.amqp_url)
    yield made
    made.stop()
    made.run()


@dataclass(frozen=True, kw_only=True)
class Whispered(Event):
    """What nobody listens to."""

    publisher: ClassVar[str] = NAME
    key_field: ClassVar[str] = "to"

    to: str


def tell(workshop: Workshop, *texts: str) -> None:
    """Commit news, each in a transaction of its own; the first word is the key."""
    for text in texts:
        with workshop.database.transaction() as db:
            publish(db, news(text.split()[0], text))


def arrived(workshop: Workshop) -> list[dict[str, Any]]:
    """What stands in the subscriber's queue, taken out."""
    found = []
    with workshop.channel() as channel:
        while True:
            method, properties, body = channel.basic_get(inbox_queue(NAME), auto_ack=True)
            if method is None:
                return found
            assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
            found.append(orjson.loads(body))


def texts(envelopes: list[dict[str, Any]]) -> list[str]:
    return [envelope["data"]["reason"] for envelope in envelopes]


def test_events_go_out_in_the_order_of_their_commits(workshop: Workshop, relay: Relay) -> None:
    told = [f"k{number % 7} {number}" for number in range(300)]
    with workshop.database.transaction() as db:
        for text in told:
            publish(db, news(text.split()[0], text))
    relay.send_all()
    envelopes = arrived(workshop)
    assert texts(envelopes) == told
    assert [envelope["sequence"] for envelope in envelopes] == list(range(1, 301))
    assert workshop.outbox(sent=False) == []
    assert relay.send_all() is False
    assert arrived(workshop) == []


def test_event_of_a_transaction_that_is_undone_never_goes_out(workshop: Workshop, relay: Relay) -> None:
    with pytest.raises(RuntimeError), workshop.database.transaction() as db:
        publish(db, news("k", "k undone"))
        raise RuntimeError
    relay.send_all()
    assert arrived(workshop) == []


def test_event_whose_subscriber_has_no_queue_stays_until_there_is_one(workshop: Workshop, relay: Relay) -> None:
    workshop.forget_queues()
    tell(workshop, "a 1", "a 2", "b 1")
    assert relay.send_all() is False
    waiting = workshop.outbox(sent=False)
    assert [(row.attempts, row.last_error) for row in waiting] == [(1, "UnroutableError"), (0, None), (1, "UnroutableError")]
    declare_all(workshop.settings.amqp_url, [WorkshopService])
    assert relay.send_all() is True
    assert texts(arrived(workshop)) == ["a 1", "a 2", "b 1"]
    assert workshop.outbox(sent=False) == []


def test_many_events_that_cannot_go_out_hold_up_no_others(on_sqlite: Workshop) -> None:
    relay = Relay(NAME, on_sqlite.database, on_sqlite.settings.amqp_url)
    relay.send_all()
    with on_sqlite.channel() as channel:
        channel.queue_unbind(inbox_queue(NAME), events_exchange(NAME), "customer_withdrawn")
    with on_sqlite.database.transaction() as db:
        for number in range(600):
            publish(db, news("stuck", f"stuck {number}"))
        # Nobody hears it: it need not arrive anywhere.
        publish(db, Whispered(to="k"))
    assert relay.send_all() is True
    assert [row.name for row in on_sqlite.outbox(sent=True)] == ["whispered"]
    assert len(on_sqlite.outbox(sent=False)) == 600
    relay.stop()
    relay.run()


def test_of_two_relays_only_one_sends_and_the_other_takes_over(workshop: Workshop, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    second = Relay(NAME, workshop.database, workshop.settings.amqp_url)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    tell(workshop, "k 1")
    assert relay.send_all() is True
    tell(workshop, "k 2")
    assert second.send_all() is False
    assert texts(arrived(workshop)) == ["k 1"]
    # The first one has died: its lease runs out.
    now += LEASE + timedelta(seconds=1)
    assert second.send_all() is True
    assert texts(arrived(workshop)) == ["k 2"]
    tell(workshop, "k 3")
    assert relay.send_all() is False
    # A relay that ends in peace leaves at once.
    second.stop()
    second.run()
    assert texts(arrived(workshop)) == ["k 3"]
    tell(workshop, "k 4")
    assert relay.send_all() is True
    # The clock is set back: a lease that would last an hour is nobody's.
    now -= timedelta(hours=1)
    tell(workshop, "k 5")
    assert second.send_all() is True
    tell(workshop, "k 6")
    assert relay.send_all() is False
    assert second.send_all() is True


def test_two_replicas_send_and_take_in_each_event_once_and_in_order(on_postgres: Workshop) -> None:
    first, second = on_postgres.start(), on_postgres.start()
    first.wait_ready()
    second.wait_ready()
    for number in range(10):
        on_postgres.tell(f"k{number % 3}", f"x {number}", times=10)
    eventually(lambda: len(on_postgres.done("x")) == 100)
    rows = on_postgres.inbox()
    assert [row.sequence for row in rows] == list(range(1, 101))
    assert {row.attempts for row in rows} == {0}
    for key in ("k0", "k1", "k2"):
        done_at = [row.done_at for row in rows if row.key == key]
        assert done_at == sorted(done_at)
