"""A service for tests of the bus: what it is told to do, in a call or in an event, it does slowly, badly or not at all.

It stands in the place of pool and hears its own news. Every piece of work it begins and ends leaves a line in `work.log`
beside its data, whatever becomes of the transaction.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

from eventlet import patcher
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.bus import Call, Service, every, on, publish, rpc
from shared.bus.blocking import run_blocking
from shared.contracts.pool import CustomerReleased, CustomerWithdrawn
from shared.db import Model, Plain, new_id, new_metadata
from shared.schema import Id, Schema, Text, Whole

really_sleep = patcher.original("time").sleep


class Base(Model):
    """The root of all tables of the workshop."""

    __abstract__ = True
    metadata = new_metadata()


class Done(Plain, Base):
    """A piece of work that was done."""

    __tablename__ = "done"

    text: Mapped[str]
    times: Mapped[int] = mapped_column(default=0)


class Part(Plain, Base):
    """A part of a piece of work; that there is such a piece is checked at the commit."""

    __tablename__ = "parts"

    done_id: Mapped[str] = mapped_column(ForeignKey("done.id", deferrable=True, initially="DEFERRED"))


class WorkInput(Schema):
    """What to do, and how long it takes."""

    text = Text(required=True)
    milliseconds = Whole(min=0)


class NewsInput(Schema):
    """What to tell of what, how many times."""

    about = Text(required=True)
    text = Text(required=True)
    times = Whole(min=1)


class CountInput(Schema):
    """Which piece of work to count."""

    id = Id(required=True)


def note(call: Call, what: str, text: str) -> None:
    """Leave a line in the log of work."""
    with (Path(call.settings.data_dir) / "work.log").open("a") as log:
        log.write(f"{what} {os.getpid()} {time.time():.3f} {text}\n")


def times_begun(call: Call, text: str) -> int:
    """How often a piece of work was begun."""
    lines = (Path(call.settings.data_dir) / "work.log").read_text().splitlines()
    return sum(line.startswith("begun ") and line.endswith(f" {text}") for line in lines)


def is_let_go(call: Call) -> bool:
    """Whether what was told to wait may go on."""
    return (Path(call.settings.data_dir) / "go").exists()


def work_slowly(call: Call, data: dict[str, Any]) -> None:
    """Before the transaction, as long work should be: "wait x" lasts until it is let go."""
    note(call, "begun", data["text"])
    time.sleep(data.get("milliseconds", 0) / 1000)
    while data["text"].startswith("wait ") and not is_let_go(call):
        time.sleep(0.05)


def hash_for_long(call: Call, data: dict[str, Any]) -> None:
    """Long work for the processor, in a thread of its own."""
    run_blocking(hashlib.pbkdf2_hmac, "sha256", b"password", b"salt", data.get("milliseconds", 0) * 1000)


class WorkshopService(Service):
    """Does as it is told."""

    name = "pool"
    base = Base

    @rpc(takes=WorkInput, prepare=work_slowly)
    def do_work(self, call: Call, *, text: str, milliseconds: int = 0) -> dict[str, str]:
        """Do something."""
        done = Done(id=new_id(), text=text)
        call.db.add(done)
        note(call, "ended", text)
        return {"id": done.id}

    @rpc(takes=WorkInput, prepare=hash_for_long)
    def hash(self, call: Call, *, text: str, milliseconds: int = 0) -> dict[str, str]:
        """Hash something."""
        return {"text": text}

    @rpc(takes=WorkInput)
    def fail_at_commit(self, call: Call, *, text: str, milliseconds: int = 0) -> dict[str, str]:
        """Do something that the database refuses at the very end."""
        call.db.add(Done(id=new_id(), text=text))
        call.db.add(Part(id=new_id(), done_id=new_id()))
        return {"text": text}

    @rpc(takes=CountInput)
    def count(self, call: Call, *, id: str) -> dict[str, int]:
        """Count a piece of work, one at a time."""
        done = call.db.get_one(Done, id, with_for_update=True)
        done.times += 1
        return {"times": done.times}

    @rpc(takes=NewsInput)
    def tell(self, call: Call, *, about: str, text: str, times: int = 1) -> None:
        """Tell something, perhaps several times."""
        for number in range(times):
            publish(call.db, news(about, text if times == 1 else f"{text} {number}"))

    @rpc(takes=WorkInput, read=True)
    def give_back(self, call: Call, *, text: str, milliseconds: int = 0) -> dict[str, str]:
        """Answer with what was said."""
        return {"text": text}

    @rpc(takes=WorkInput, read=True)
    def give_much(self, call: Call, *, text: str, milliseconds: int = 0) -> dict[str, str]:
        """Answer with a megabyte."""
        return {"text": text * 1_000_000}

    @rpc(read=True)
    def give_a_set(self, call: Call) -> Any:
        """Answer what is not JSON."""
        return {1: {2 + 3j: object()}}

    @on(CustomerReleased)
    def hear_too(self, call: Call, event: CustomerReleased) -> None:
        """Note that somebody released something."""
        call.db.add(Done(id=new_id(), text=f"released {event.reason}"))

    @on(CustomerWithdrawn)
    def hear(self, call: Call, event: CustomerWithdrawn) -> None:
        """Do what the news say: "fail 2 x" fails twice, "sleep x" takes a second, "wait x" waits until it is let go, "hold x" stops the
        whole process until then, "die x" kills it until then, and "refuse x" fails until then."""
        text = event.reason
        call.db.add(Done(id=new_id(), text=text))
        call.db.flush()
        note(call, "begun", text)
        if text.startswith("fail ") and times_begun(call, text) <= int(text.split()[1]):
            raise RuntimeError(f"no luck with {text}")
        if text.startswith("refuse ") and not is_let_go(call):
            raise RuntimeError(f"no luck with {text}")
        if text.startswith("die ") and not is_let_go(call):
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("sleep "):
            time.sleep(1.5)
        while text.startswith("wait ") and not is_let_go(call):
            time.sleep(0.05)
        while text.startswith("hold ") and not is_let_go(call):
            really_sleep(0.05)
        note(call, "ended", text)

    @every(seconds=0.1, transaction=False, at_once=2)
    def turn(self, call: Call) -> None:
        """Work for a while, as long as there is a file named "turns"."""
        if (Path(call.settings.data_dir) / "turns").exists():
            note(call, "began", "turn")
            call.stopping.wait(0.5)
            note(call, "ended", "turn")

    @every(seconds=3600)
    def rest(self, call: Call) -> None:
        """Nothing, once an hour."""


def news(key: str, text: str) -> CustomerWithdrawn:
    """What the workshop hears."""
    return CustomerWithdrawn(
        customer_id=key, pool_status="none", owner_id=None, from_owner_id=None, protected_until=None, goal="none",
        actor_id=None, reason=text,
    )  # fmt: skip
