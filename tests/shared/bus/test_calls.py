"""Calls over a real broker: bounded in time, never silently twice, and no message takes a service down."""

from __future__ import annotations

import gc
import pickle
import threading
import time
from typing import Any

import orjson
import pika
import pytest

from shared.bus.client import RpcClient, _Pending, refusal
from shared.bus.topology import RPC_EXCHANGE, rpc_queue
from shared.db import new_id
from shared.errors import Conflict, DeadlineExceeded, Unavailable
from tests.shared.bus.caller import MODELS
from tests.shared.bus.harness import CALLER, NAME, Workshop, eventually
from tests.shared.bus.wire import SlowWire


def test_call_without_a_consumer_ends_at_its_deadline_and_leaves_nothing(on_sqlite: Workshop) -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        on_sqlite.call("do_work", text="never", timeout=0.5)
    assert 0.4 < time.monotonic() - started < 15
    assert on_sqlite.client.in_flight == 0
    eventually(lambda: on_sqlite.waiting(rpc_queue(NAME)) == 0)


def test_calls_from_threads_and_greenlets_are_answered_and_the_connection_closed(on_sqlite: Workshop) -> None:
    on_sqlite.start().wait_ready()
    for model in MODELS:
        on_sqlite.hear_from(model)
        eventually(lambda model=model: len(on_sqlite.done(model)) == 10)  # type: ignore[misc]


def test_call_without_a_queue_is_refused_at_once(on_sqlite: Workshop) -> None:
    on_sqlite.forget_queues()
    started = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        on_sqlite.call("do_work", text="never")
    assert refused.value.code == "service_unavailable"
    assert time.monotonic() - started < 15
    assert on_sqlite.client.in_flight == 0
    assert on_sqlite.client.replicas([NAME, "other"]) == {NAME: 0, "other": 0}


def test_call_without_a_broker_is_refused_within_its_time() -> None:
    client = RpcClient("amqp://guest:guest@127.0.0.1:1/%2F", timeout=0.5)
    started = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        client.call(f"{NAME}.do_work", {}, {})
    assert refused.value.code == "broker_unavailable"
    assert time.monotonic() - started < 15
    assert client.in_flight == 0
    with pytest.raises(Unavailable):
        client.replicas([NAME])
    client.close()


def test_calls_end_in_time_though_collecting_garbage_lets_others_call() -> None:
    client = RpcClient("amqp://guest:guest@127.0.0.1:1/%2F")

    class Waste:
        def __del__(self) -> None:
            client._pending[new_id()] = _Pending(time.monotonic() + 600)

    def litter() -> None:
        waste: Any = Waste()
        waste.itself = waste

    client._pending |= {str(number): _Pending(time.monotonic() + 600) for number in range(5000)}
    late = client._pending["late"] = _Pending(time.monotonic())
    looking = threading.Thread(target=client._give_up_late_ones)
    usual = gc.get_threshold()
    gc.set_threshold(50)
    try:
        looking.start()
        for _ in range(200):
            litter()
            time.sleep(0.005)
        eventually(lambda: late.error or not looking.is_alive())
    finally:
        gc.set_threshold(*usual)
        client.close()
    looking.join()
    assert isinstance(late.error, DeadlineExceeded)


def test_expired_requests_are_not_executed(on_sqlite: Workshop) -> None:
    for _ in range(10):
        with pytest.raises(DeadlineExceeded):
            on_sqlite.call("do_work", text="late", timeout=0.05)
    # One that the broker does not expire, as after a crash of the service that had taken it: its deadline is in its headers.
    call = orjson.dumps({"args": [], "kwargs": {"text": "late"}})
    on_sqlite.send(
        call, exchange=RPC_EXCHANGE, routing_key=f"{NAME}.do_work", content_type="application/json", reply_to="nobody",
        headers={"caller": CALLER, "deadline": str(int(time.time() * 1000) - 1)},
    )  # fmt: skip
    on_sqlite.start().wait_ready()
    assert on_sqlite.call("do_work", text="in time")["status"] == 200
    assert on_sqlite.begun("late") == 0
    assert on_sqlite.done() == ["in time"]


def test_answer_comes_only_after_the_commit(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    reply = workshop.call("fail_at_commit", text="nearly", key="k")
    assert (reply["status"], reply["problem"]["code"]) == (409, "changed_meanwhile")
    assert workshop.done() == []
    reply = workshop.call("do_work", text="really")
    assert reply["status"] == 200
    assert workshop.done() == ["really"]


def test_write_repeated_under_its_key_is_done_once(workshop: Workshop) -> None:
    workshop.start().wait_ready()
    first = workshop.call("do_work", key="k", text="once")
    again = workshop.call("do_work", key="k", text="once")
    assert again["body"] == first["body"]
    assert again["replayed"] is True
    assert workshop.done() == ["once"]


def test_no_message_takes_the_service_down(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start().wait_ready()
    call = orjson.dumps({"args": [], "kwargs": {"text": "x"}})
    method, json = f"{NAME}.do_work", "application/json"
    for body, properties in (
        (call, {"content_type": json}),
        (b"{not json", {"content_type": json, "reply_to": "nobody"}),
        (b"\xff\xfe\x00", {"content_type": json, "reply_to": "nobody"}),
        (b"[]", {"content_type": json, "reply_to": "nobody"}),
        (b'{"args": [1], "kwargs": {}}', {"content_type": json, "reply_to": "nobody"}),
        (pickle.dumps({"args": [], "kwargs": {}}), {"content_type": "application/x-python-serialize", "reply_to": "nobody"}),
        (call, {"content_type": "text/plain", "reply_to": "nobody"}),
        (call, {"reply_to": "nobody"}),
    ):  # fmt: skip
        on_sqlite.send(body, exchange=RPC_EXCHANGE, routing_key=method, **properties)
    # These are read, and answered to nobody: an unknown method, a caller and a deadline that cannot be read, reply queues of nonsense.
    for headers, reply_to in (
        ({"caller": "{"}, "nobody"),
        ({"deadline": "soon"}, "nobody"),
        ({}, "amq.rabbitmq.reply-to.nonsense"),
        ({}, "amq.gen-gone"),
    ):
        on_sqlite.send(call, exchange=RPC_EXCHANGE, routing_key=f"{NAME}.unheard_of", content_type=json, headers=headers, reply_to=reply_to)
    reply = on_sqlite.call("do_work", text="after all")
    assert reply["status"] == 200
    assert on_sqlite.call("give_a_set")["status"] == 500
    eventually(lambda: on_sqlite.waiting(f"{NAME}.rejected") == 8)
    rejected = on_sqlite.rejected()
    assert [reason for reason, _ in rejected] == ["no_reply_to"] + ["unreadable"] * 7
    assert rejected[1][1] == b"{not json"
    assert on_sqlite.done() == ["after all"]
    assert replica.code is None


def test_unreadable_call_is_answered_with_400(on_sqlite: Workshop) -> None:
    on_sqlite.start().wait_ready()
    with on_sqlite.channel() as channel:
        answers: list[Any] = []
        channel.basic_consume("amq.rabbitmq.reply-to", lambda *received: answers.append(orjson.loads(received[3])), auto_ack=True)
        properties = pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", content_type="application/json")
        channel.basic_publish(RPC_EXCHANGE, f"{NAME}.do_work", b"nonsense", properties)
        eventually(lambda: channel.connection.process_data_events(0.05) or answers)
    assert answers[0]["result"]["status"] == 400


def test_long_work_for_the_processor_stops_nobody(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start().wait_ready()
    on_sqlite.call("ping")
    hashing = [threading.Thread(target=on_sqlite.call, args=("hash",), kwargs={"text": "x", "milliseconds": 1500}) for _ in range(2)]
    for thread in hashing:
        thread.start()
    took, begun = [], time.monotonic()
    while any(thread.is_alive() for thread in hashing):
        started = time.monotonic()
        assert on_sqlite.call("ping")["status"] == 200
        took.append(time.monotonic() - started)
    assert len(took) > 5
    # All but one: a busy machine may stop everybody for a while.
    assert sorted(took)[-2] < (time.monotonic() - begun) / 2
    assert "broker_unreachable" not in replica.printed()


def test_frames_that_arrive_in_pieces_are_read_whole(on_sqlite: Workshop, rabbit: Any) -> None:
    statuses: list[int] = []

    def call(times: int, **kwargs: Any) -> None:
        statuses.extend(on_sqlite.call("do_work", **kwargs)["status"] for _ in range(times))

    with SlowWire(rabbit.port) as wire:
        replica = on_sqlite.start(amqp_url=wire.url).wait_ready()
        # The large ones are refused, but read to the end first.
        large = [threading.Thread(target=call, args=(2,), kwargs={"text": "x" * 400_000}) for _ in range(2)]
        small = [threading.Thread(target=call, args=(60,), kwargs={"text": "x"}) for _ in range(3)]
        for thread in large + small:
            thread.start()
        for thread in large + small:
            thread.join()
        printed = replica.printed()
    assert sorted(statuses) == [200] * 180 + [422] * 4
    assert "Traceback" not in printed
    assert "broker_unreachable" not in printed


def test_answers_held_up_on_their_way_arrive_whole(on_sqlite: Workshop, rabbit: Any) -> None:
    answers: list[Any] = []

    def call(method: str, text: str) -> None:
        answers.append(on_sqlite.call(method, text=text)["body"]["text"])

    with SlowWire(rabbit.port) as wire:
        replica = on_sqlite.start(amqp_url=wire.url).wait_ready()
        on_sqlite.call("ping")
        wire.goes.clear()
        calls = [threading.Thread(target=call, args=("give_much", letter)) for letter in "abcdefgh"]
        calls += [threading.Thread(target=call, args=("give_back", f"small {number}")) for number in range(2)]
        for calling in calls:
            calling.start()
        # All of them are in hand, and what of their answers does not fit on the wire waits.
        eventually(lambda: on_sqlite.waiting(rpc_queue(NAME)) == 0)
        time.sleep(1)
        wire.goes.set()
        for calling in calls:
            calling.join()
        call("give_back", "at last")
        printed = replica.printed()
    assert sorted(answers) == sorted(
        [letter * 1_000_000 for letter in "abcdefgh"] + [f"small {number}" for number in range(2)] + ["at last"]
    )
    assert "Traceback" not in printed
    assert "broker_unreachable" not in printed


def test_message_carries_its_deadline_and_expires_with_it(on_sqlite: Workshop) -> None:
    before, answers = time.time() * 1000, []
    calling = threading.Thread(target=lambda: answers.append(on_sqlite.call("do_work", text="x", timeout=60)))
    calling.start()
    with on_sqlite.channel() as channel:
        _, properties, body = eventually(lambda: _got(channel.basic_get(rpc_queue(NAME))))
        assert properties.expiration == "60000"
        assert before - 1 < int(properties.headers["deadline"]) - 60_000 <= time.time() * 1000
        assert orjson.loads(body) == {"args": [], "kwargs": {"text": "x"}}
        told = pika.BasicProperties(content_type="application/json", correlation_id=properties.correlation_id)
        channel.basic_publish("", properties.reply_to, orjson.dumps({"result": {"status": 200}}), told)
    calling.join()
    assert answers == [{"status": 200}]


@pytest.mark.parametrize(("status", "kind"), [(409, Conflict), (504, DeadlineExceeded), (500, Unavailable), (503, Unavailable)])
def test_refusal_of_another_service_is_raised_as_what_it_is(status: int, kind: type[Exception]) -> None:
    assert type(refusal(status, "")) is kind


def _got(found: tuple[Any, Any, Any]) -> tuple[Any, Any, Any] | None:
    return None if found[0] is None else found
