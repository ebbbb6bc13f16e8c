"""A queue at its limit, as the policies of deploy/rabbitmq bound it: news that it refuses waits in the outbox and goes out later, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deploy.broker import DEFINITIONS, PrivateBroker
from shared.bus import publish
from shared.bus.relay import Relay
from shared.bus.topology import inbox_queue
from tests.fixtures_infra import control
from tests.shared.bus.harness import NAME, Workshop, eventually
from tests.shared.bus.workshop import news


@pytest.fixture
def room_for_one(rabbit: PrivateBroker, on_sqlite: Workshop) -> Iterator[Workshop]:
    """A workshop whose inbox is full with one message, with the policy's own word on what happens then."""
    policy = next(one for one in json.loads(DEFINITIONS.read_text())["policies"] if one["name"] == "highseas-inbox")
    limit = json.dumps({"max-length": 1, "overflow": policy["definition"]["overflow"]})
    control(rabbit, "set_policy", "full", f"^{inbox_queue(NAME)}$", limit, "--priority", "1", "--apply-to", "queues")
    yield on_sqlite
    control(rabbit, "clear_policy", "full")


def test_what_a_full_inbox_refuses_waits_and_arrives_in_order(room_for_one: Workshop) -> None:
    with room_for_one.database.transaction() as db:
        for text in ("first", "second", "third"):
            publish(db, news("a", text))
    relay = Relay(NAME, room_for_one.database, room_for_one.settings.amqp_url)
    for sent in (1, 2, 3):
        assert relay.send_all()
        assert [len(room_for_one.outbox(sent=True)), len(room_for_one.outbox(sent=False))] == [sent, 3 - sent]
        assert taken(room_for_one) == ["first", "second", "third"][sent - 1]
    relay.stop()
    relay.run()
    assert room_for_one.outbox(sent=False) == []


def taken(workshop: Workshop) -> str:
    """The text of the one message in the inbox, taken out."""
    eventually(lambda: workshop.waiting(inbox_queue(NAME)) == 1)
    with workshop.channel() as channel:
        body = channel.basic_get(inbox_queue(NAME), auto_ack=True)[2]
    return str(json.loads(body)["data"]["reason"])
