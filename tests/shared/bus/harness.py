"""A workshop in processes of its own: real broker, real database, real signals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pika
import requests
from sqlalchemy import select, text

from deploy import processes
from deploy.suite import ROOT, environment
from shared.bus.client import RpcClient
from shared.bus.tables import Inbox, Outbox
from shared.bus.topology import declare_all, inbox_queue, rejected_queue, rpc_queue
from shared.caller import Caller
from shared.db.base import ChassisBase
from shared.db.engine import Database
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS, eventually
from tests.shared.bus.workshop import Done, WorkshopService

NAME = WorkshopService.name
CALLER = Caller.system().to_header()


class Nursery:
    """Where replicas come from: `tests/shared/bus/nursery.py`, running."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.shared.bus.nursery"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True, preexec_fn=processes.die_with_parent,
        )  # fmt: skip

    def ask(self, *what: Any) -> Any:
        """One question and its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@cache
def nursery() -> Nursery:
    """One for all tests; it ends with them."""
    return Nursery()


class Process:
    """One replica of the workshop."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.log, self._probe_port = log, settings.probe_port
        log.touch()
        self.pid: int = nursery().ask("start", {**os.environ, **environment(settings)}, str(log))
        self._code: int | None = None

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        if self._code is None:
            self._code = nursery().ask("code", self.pid)
        return self._code

    def wait_ready(self) -> Process:
        eventually(lambda: "service_ready" in self.printed() or self.code is not None)
        assert self.code is None, self.printed()[-3000:]
        return self

    def probe(self, path: str) -> tuple[int, str]:
        """Status and text of what it answers at its probe port; status 0 where nobody answers."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self._probe_port}{path}", timeout=30)
        except requests.RequestException:
            return 0, ""
        return answer.status_code, answer.text

    def printed(self) -> str:
        return self.log.read_text()

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended. What is not finished within 25 seconds is cut off with another one than 0."""
        eventually(lambda: self.code is not None)
        assert self.code is not None
        return self.code

    def close(self) -> None:
        if self.code is None:
            self.kill()


class Workshop:
    """Starts replicas, calls them, and looks into their tables, queues and log of work."""

    def __init__(self, folder: Path, database_url: str, amqp_url: str) -> None:
        self.settings = Settings(data_dir=folder, database_url=database_url, amqp_url=amqp_url, rpc_timeout_seconds=60)
        self.work_log = folder / "work.log"
        self.work_log.touch()
        self.database = Database(NAME, self.settings.database_for(NAME))
        self.client = RpcClient(amqp_url, timeout=PATIENCE_SECONDS)
        self._replicas: list[Process] = []
        self._make_tables()
        self.forget_queues()
        declare_all(amqp_url, [WorkshopService])

    def _make_tables(self) -> None:
        with self.database.engine.begin() as connection:
            if not self.database.is_sqlite:
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{NAME}" CASCADE'))
                connection.execute(text(f'CREATE SCHEMA "{NAME}"'))
            ChassisBase.metadata.create_all(connection)
            WorkshopService.base.metadata.create_all(connection)

    def start(self, *, amqp_url: str | None = None, probe_port: int = 0) -> Process:
        """One more replica; it may reach the broker through another address and answer probes."""
        settings = replace(self.settings, amqp_url=amqp_url or self.settings.amqp_url, probe_port=probe_port)
        replica = Process(settings, self.work_log.with_name(f"replica-{len(self._replicas)}.log"))
        self._replicas.append(replica)
        return replica

    def close(self) -> None:
        for replica in self._replicas:
            replica.close()
        self.client.close()
        self.database.close()

    def call(self, method: str, *, key: str | None = None, timeout: float | None = None, **kwargs: Any) -> dict[str, Any]:
        """The reply, whatever its status."""
        headers = {"caller": CALLER, "request_id": "test"} | ({"idempotency_key": key} if key else {})
        return self.client.call(f"{NAME}.{method}", kwargs, headers, timeout=timeout)

    def let_go(self) -> None:
        """End the waiting of the handlers that were told to wait."""
        self.work_log.with_name("go").touch()

    def tell(self, about: str, text: str, *, times: int = 1) -> None:
        """Have the workshop publish news that it will hear itself."""
        reply = self.call("tell", about=about, text=text, times=times)
        assert reply["status"] == 200, reply

    def hear_from(self, model: str) -> None:
        """Be called by a process of its own, on threads or greenlets; what it tells has its name."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.shared.bus.caller", model, self.settings.amqp_url]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS)
        assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr

    def begun(self, what: str) -> int:
        """How often a piece of work was begun."""
        return self._lines("begun", what)

    def ended(self, what: str) -> int:
        """How often a piece of work came to its end."""
        return self._lines("ended", what)

    def _lines(self, kind: str, what: str) -> int:
        lines = self.work_log.read_text().splitlines()
        return sum(line.startswith(f"{kind} ") and line.endswith(f" {what}") for line in lines)

    def done(self, prefix: str = "") -> list[str]:
        """The texts of the work in the database, in order."""
        with self.database.transaction(read=True) as db:
            return [one for one in db.scalars(select(Done.text).order_by(Done.id)) if one.startswith(prefix)]

    def inbox(self) -> list[Inbox]:
        with self.database.transaction(read=True) as db:
            return list(db.scalars(select(Inbox).order_by(Inbox.id)))

    def outbox(self, *, sent: bool) -> list[Outbox]:
        with self.database.transaction(read=True) as db:
            rows = db.scalars(select(Outbox).order_by(Outbox.position))
            return [row for row in rows if (row.sent_at is not None) == sent]

    @contextlib.contextmanager
    def channel(self) -> Iterator[Any]:
        """A channel with publisher confirms."""
        connection = pika.BlockingConnection(pika.URLParameters(self.settings.amqp_url))
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            connection.close()

    def send(self, body: bytes, *, exchange: str = "", routing_key: str, **properties: Any) -> None:
        """Put a raw message on the bus."""
        with self.channel() as channel:
            channel.basic_publish(exchange, routing_key, body, pika.BasicProperties(**properties), mandatory=True)

    def waiting(self, queue: str) -> int:
        """How many messages are ready in a queue."""
        with self.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

    def rejected(self) -> list[tuple[str, bytes]]:
        """(reason, body) of what nobody could read."""
        found = []
        with self.channel() as channel:
            while True:
                method, properties, body = channel.basic_get(rejected_queue(NAME))
                if method is None:
                    return found
                found.append((properties.headers["reason"], body))

    def forget_queues(self) -> None:
        with self.channel() as channel:
            for queue in (rpc_queue(NAME), inbox_queue(NAME), rejected_queue(NAME)):
                channel.queue_delete(queue)
