"""The relay: sends what the outbox holds, in order, with publisher confirms; one relay at a time per service.

A crash between the confirm and the mark sends an event twice, by design: the subscriber's inbox knows it by its id.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pika
import pika.exceptions
import structlog
from sqlalchemy import bindparam, or_, select, update

from shared import clock
from shared.bus.tables import Lease, Outbox
from shared.bus.topology import LIVE_EXCHANGE, events_exchange, heard
from shared.db.engine import Database
from shared.db.loading import add_missing
from shared.db.quick import Records

log = structlog.get_logger(__name__)

BATCH = 256
LEASE = timedelta(seconds=5)
"""How long events wait when the replica that sends them is killed. Two relays at once would only send some twice."""
IDLE_SECONDS = 1.0
PAUSE_SECONDS = 0.025
"""After a pass that sent something. What is published meanwhile goes out together: each pass costs this database a commit and
every subscriber two, whatever the number of events."""


class Relay:
    """Sends one service's outbox. `run` blocks until `stop`; `nudge` tells it that a commit brought something."""

    def __init__(self, service: str, database: Database, amqp_url: str) -> None:
        self._service, self._database, self._url = service, database, amqp_url
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._wake = threading.Event()
        self._stopping = False
        self._connection: Any = None
        self._channel: Any = None
        self._live: Any = None
        self._leased_until = clock.now() - LEASE

    def nudge(self) -> None:
        """Look into the outbox now."""
        self._wake.set()

    def stop(self) -> None:
        """End `run` after the batch in hand."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Send whatever comes until stopped, and what is there then; the broker may go and come back."""
        while not self._stopping:
            if self._send_what_waits():
                time.sleep(PAUSE_SECONDS)
            self._idle()
        self._send_what_waits()
        self._drop_connection()
        self._give_up_lease()

    def _send_what_waits(self) -> bool:
        try:
            return self.send_all()
        except (pika.exceptions.AMQPError, OSError) as error:
            log.warning("relay_waits_for_broker", error=type(error).__name__)
            self._drop_connection()
        except Exception:
            log.exception("relay_failed")
        return False

    def send_all(self) -> bool:
        """Go once through the outbox, 256 events at a time; True when something was sent. Raises what the broker's connection raises."""
        blocked: set[str] = set()
        position, any_sent = 0, False
        while True:
            with self._database.transaction(read=True) as db:
                rows = UNSENT.all(db, after=position)
            if not rows or not self._has_lease():
                return any_sent
            any_sent = self._send_some(rows, blocked) or any_sent
            if len(rows) < BATCH:
                return any_sent
            position = rows[-1].position

    def _send_some(self, rows: Sequence[Outbox], blocked: set[str]) -> bool:
        """Send what can be; an event that cannot holds back the later ones of its key."""
        sent = []
        try:
            for row in rows:
                if row.key not in blocked and self._send(row):
                    sent.append(row.position)
                else:
                    blocked.add(row.key)
        finally:
            self._mark(sent)
        return bool(sent)

    def _send(self, row: Outbox) -> bool:
        """Publish one event; False when a subscriber's queue is missing, so that it must wait."""
        channel = self._open_channel()
        envelope = {**row.envelope, "sequence": row.position}
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=row.event_id)
        must_arrive = (self._service, row.name) in heard()
        try:
            channel.basic_publish(events_exchange(self._service), row.name, orjson.dumps(envelope), properties, mandatory=must_arrive)
        except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as error:
            self._note(row, type(error).__name__)
            return False
        self._show(row)
        return True

    def _show(self, row: Outbox) -> None:
        """Let it pass for those who listen just now.

        Through an exchange of its own: there a listener's queue cannot make an event look delivered whose subscriber has none.
        """
        self._live.basic_publish(LIVE_EXCHANGE, f"{self._service}.{row.name}", orjson.dumps(row.envelope["data"]))

    def _mark(self, positions: list[int]) -> None:
        if positions:
            # A mark that is lost sends the events once more, and their subscribers know them.
            with self._database.transaction(may_be_lost=True) as db:
                db.connection().execute(SENT, {"positions": positions, "now": clock.now()})

    def _note(self, row: Outbox, error: str) -> None:
        log.error("event_not_routed", event_name=row.name, key=row.key)
        with self._database.transaction() as db:
            failed = update(Outbox).where(Outbox.position == row.position)
            db.execute(failed.values(attempts=Outbox.attempts + 1, last_error=error))

    def _has_lease(self) -> bool:
        now = clock.now()
        if LEASE / 2 < self._leased_until - now <= LEASE:
            return True
        with self._database.transaction() as db:
            add_missing(db, Lease, {"name": "relay", "holder": self._holder, "until": now})
            # One that lasts longer than any does was taken before the clock was set back: whoever had it may have died long ago.
            is_over = or_(Lease.until <= now, Lease.until > now + LEASE)
            free_or_mine = update(Lease).where(Lease.name == "relay", or_(Lease.holder == self._holder, is_over))
            taken = free_or_mine.values(holder=self._holder, until=now + LEASE).returning(Lease.name)
            held = db.execute(taken).first() is not None
        self._leased_until = now + LEASE if held else now
        return held

    def _give_up_lease(self) -> None:
        if self._leased_until <= clock.now():
            return
        with self._database.transaction() as db:
            db.execute(update(Lease).where(Lease.name == "relay", Lease.holder == self._holder).values(until=clock.now()))
        self._leased_until = clock.now()

    def _open_channel(self) -> Any:
        if self._channel is None or not self._channel.is_open:
            self._drop_connection()
            parameters = pika.URLParameters(self._url)
            parameters.heartbeat, parameters.blocked_connection_timeout = 30, 10
            parameters.socket_timeout = parameters.stack_timeout = 5
            self._connection = pika.BlockingConnection(parameters)
            self._channel = self._connection.channel()
            self._channel.exchange_declare(events_exchange(self._service), "topic", durable=True)
            self._channel.confirm_delivery()
            self._live = self._connection.channel()
            self._live.exchange_declare(LIVE_EXCHANGE, "topic", durable=True)
        return self._channel

    def _idle(self) -> None:
        self._wake.wait(IDLE_SECONDS)
        self._wake.clear()
        try:
            # An idle connection answers heartbeats only while its own loop runs.
            if self._connection is not None:
                self._connection.process_data_events(time_limit=0)
        except (pika.exceptions.AMQPError, OSError):
            self._drop_connection()

    def _drop_connection(self) -> None:
        connection, self._connection, self._channel, self._live = self._connection, None, None, None
        try:
            if connection is not None and connection.is_open:
                connection.close()
        except (pika.exceptions.AMQPError, OSError) as error:
            log.debug("relay_close_failed", error=type(error).__name__)


_outbox: Any = Outbox.__table__
UNSENT = Records(
    select(Outbox).where(Outbox.sent_at.is_(None), Outbox.position > bindparam("after")).order_by(Outbox.position).limit(BATCH)
)
SENT = update(_outbox).where(_outbox.c.position.in_(bindparam("positions", expanding=True))).values(sent_at=bindparam("now"))
