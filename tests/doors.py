"""A service's door for tests: the real decorators, schemas and database, without a broker."""

from __future__ import annotations

from typing import Any

import orjson

from shared import clock
from shared.bus.calls import refusal
from shared.bus.door import Door
from shared.bus.service import Service
from shared.bus.tables import Inbox, Outbox
from shared.caller import Caller
from shared.contracts.base import Event, event_class
from shared.db.base import new_id
from shared.db.engine import Database
from shared.errors import AppError, NotFound
from shared.settings import Settings


class Refused(AppError):
    """What a door answered with: `status`, `code`, `problem`; `fields` are the codes by field name."""

    def __init__(self, reply: dict[str, Any]) -> None:
        self.problem = reply.get("problem") or reply["body"]
        self.status = reply["status"]
        super().__init__(self.problem.get("code"))
        self.fields = {one["field"]: one["code"] for one in self.problem.get("errors", [])}

    def __str__(self) -> str:
        return f"{self.status} {self.problem}"


class TestDoor(Door):
    """A door one can knock at: `call`, `deliver`, `published`, `tick`."""

    __test__ = False

    def __init__(self, service: type[Service], settings: Settings, database: Database) -> None:
        super().__init__(service, settings, database, asker=self._ask)
        self.neighbours: dict[str, TestDoor] = {}
        self.state = {"seen": 0, "sequence": 0}

    def call(self, method: str, caller: Caller, /, *, key: str | None = None, **kwargs: Any) -> Any:
        """Call a method as a JSON client would. Raises Refused with what the caller would be told."""
        headers = {"caller": caller.to_header(), "request_id": "test"} | ({"idempotency_key": key} if key else {})
        reply = self.handle_rpc(method, orjson.loads(orjson.dumps(kwargs)), headers)
        if reply["status"] >= 400:
            raise Refused(reply)
        return orjson.loads(orjson.dumps(reply["body"]))

    def deliver(self, event: Event, *, caller: Caller | None = None) -> None:
        """Hand an event to every handler that hears it, each in a transaction of its own."""
        self.state["sequence"] += 1
        envelope = {
            "id": new_id(), "name": event.wire_name(), "publisher": event.publisher, "key": event.key,
            "sequence": self.state["sequence"], "at": clock.now().isoformat(),
            "caller": caller.to_header() if caller else None, "data": event.encode(),
        }  # fmt: skip
        self._handle(envelope)

    def _handle(self, envelope: dict[str, Any]) -> None:
        for handler in self.service.subscriptions().get((envelope["publisher"], envelope["name"]), []):
            self.database.run(lambda db, name=handler: self.run_handler(name, envelope, db))

    def published(self, *kinds: type[Event]) -> list[Event]:
        """The events in the outbox so far, in order; only of the given kinds where some are given."""
        with self.database.transaction(read=True) as db:
            rows = db.query(Outbox).order_by(Outbox.position).all()
            events = [event_class(row.envelope["publisher"], row.name).decode(row.envelope["data"]) for row in rows]
        return [event for event in events if not kinds or type(event) in kinds]

    def pass_on(self) -> None:
        """Deliver what was published since the last time to whoever listens, oneself too, and what they publish in turn."""
        with self.database.transaction(read=True) as db:
            rows = db.query(Outbox).where(Outbox.position > self.state["seen"]).order_by(Outbox.position).all()
            envelopes = [row.envelope | {"sequence": row.position} for row in rows]
            self.state["seen"] = rows[-1].position if rows else self.state["seen"]
        for envelope in envelopes:
            for door in (self, *self.neighbours.values()):
                door._handle(envelope)
        if envelopes:
            for door in (self, *self.neighbours.values()):
                door.pass_on()

    def tick(self, timer: str) -> None:
        """Run a timer once."""
        self.run_timer(timer)

    def parked(self) -> list[Inbox]:
        """Rows of the inbox that are not done."""
        with self.database.transaction(read=True) as db:
            return list(db.query(Inbox).where(Inbox.status != "done"))

    def _ask(self, method: str, kwargs: dict[str, Any], caller: Caller, *, timeout: float | None = None) -> Any:
        service, _, name = method.partition(".")
        neighbour = self.neighbours.get(service)
        if neighbour is None:
            raise NotFound()
        try:
            return neighbour.call(name, caller, **kwargs)
        except Refused as refused:
            # As the bus client does: a neighbour's refusal arrives as the error it is.
            raise refusal(refused.status, refused.code) from refused
