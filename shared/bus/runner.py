"""One running service. `shared/run.py` patches the process for greenlets before it loads this.

SIGTERM stops taking work, lets what runs finish and be acknowledged, sends what the outbox holds and exits 0. What is not
finished within 25 seconds is cut off (exit 1) and run again by the next process; a second signal exits at once.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import Any

import eventlet
import pika.exceptions
import structlog
from nameko.containers import ServiceContainer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared import memory
from shared.bus import probes
from shared.bus.calls import TimerSpec
from shared.bus.client import RpcClient, asker
from shared.bus.door import Door
from shared.bus.entrypoints import is_consuming, nameko_service
from shared.bus.inbox import InboxRunner
from shared.bus.relay import Relay
from shared.bus.topology import declare_all, load
from shared.db.engine import Database, database
from shared.settings import SettingError, Settings
from shared.telemetry import start_logging

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 25
POSTGRES_HANDLERS = 4


class StartRefused(Exception):
    """Waiting would not help; the text is one clear line."""


class Runner:
    """One service with its consumer, relay, inbox and timers."""

    def __init__(self, path: str, settings: Settings) -> None:
        service = load(path)
        self.settings = settings
        self.database = database(service.name, settings)
        self.client = RpcClient(settings.amqp_url, timeout=settings.rpc_timeout_seconds / 2)
        self.door = Door(service, settings, self.database, asker(self.client))
        self.relay = Relay(service.name, self.database, settings.amqp_url)
        self.inbox = InboxRunner(self.door)
        self.door.on_commit = self.relay.nudge
        self.service = service
        self.container: ServiceContainer | None = None
        self._background: list[Any] = []
        self._sending: Any = None

    def start(self) -> None:
        """Wait for broker and database, then take work."""
        self._answer_probes()
        _patiently("database", self.database.ping)
        if not self.database.is_sqlite:
            check_green(self.database)
        _patiently("broker", lambda: declare_all(self.settings.amqp_url, [self.service]))
        config = {"AMQP_URI": self.settings.amqp_url, "max_workers": self.settings.service_workers}
        self.container = ServiceContainer(nameko_service(self.door, self.inbox), config=config)
        self.container.start()
        self._sending = eventlet.spawn(self.relay.run)
        handlers = [self.inbox.run] * (1 if self.database.is_sqlite else POSTGRES_HANDLERS)
        timers = [partial(self._tick, timer) for timer in self.service.timers().values()]
        self._background = [eventlet.spawn(work) for work in (*handlers, *timers)]
        memory.settle()
        log.info("service_ready", service=self.service.name)

    @property
    def is_started(self) -> bool:
        """Whether it has taken up work."""
        return bool(self._background)

    def is_ready(self) -> bool:
        """Whether it takes work: not stopping, its queues at hand, its database answering."""
        if self.door.stopping.is_set() or not self.is_started or not is_consuming(self.container):
            return False
        try:
            self.database.ping()
        except SQLAlchemyError:
            return False
        return True

    def wait(self) -> None:
        """Block until the container has stopped and all else has finished. Raises what the container died of."""
        assert self.container is not None
        self.container.wait()
        for work in self._background:
            work.wait()
        # Last, because handlers and timers publish.
        self.relay.stop()
        self._sending.wait()
        self.client.close()
        self.database.close()

    def stop(self) -> None:
        """Take no more work and let what runs finish; `wait` returns then."""
        eventlet.spawn_after(DRAIN_SECONDS, os._exit, 1)
        self.door.stopping.set()
        self.inbox.stop()
        if self.container:
            self.container.stop()

    def _answer_probes(self) -> None:
        host, port = self.settings.host, self.settings.probe_port
        try:
            if port:
                probes.serve(host, port, self.is_ready)
        except OSError as error:
            raise StartRefused(f"HIGHSEAS_PROBE_PORT: cannot listen on {host}:{port}: {error.strerror}") from error

    def _tick(self, timer: TimerSpec) -> None:
        running = eventlet.GreenPool(timer.at_once)
        while not self.door.stopping.wait(timer.seconds):
            running.spawn(self._run_timer, timer.name)
            if timer.at_once == 1:
                running.waitall()
        running.waitall()

    def _run_timer(self, name: str) -> None:
        try:
            self.door.run_timer(name)
        except Exception:
            log.exception("timer_failed", timer=name)


def check_green(db: Database) -> None:
    """Refuse to start where waiting for the database stops every other greenlet. Raises RuntimeError."""
    others: list[str] = []
    with db.engine.connect() as connection:
        # It has its turn as soon as somebody waits for something in the way of greenlets.
        eventlet.spawn(others.append, "worked")
        connection.execute(text("SELECT pg_sleep(0.1)"))
    if not others:
        raise RuntimeError("the PostgreSQL driver blocks the whole process: set PSYCOPG_WAIT_FUNC=wait_selector")


def _patiently(what: str, attempt: Any) -> None:
    wait = 0.2
    while True:
        try:
            attempt()
        except pika.exceptions.ChannelClosedByBroker as error:
            raise StartRefused(f"the broker holds a queue or exchange with other arguments: {error.reply_text}") from error
        except Exception as error:
            log.warning("waiting", what=what, error=f"{type(error).__name__}: {error}"[:200])
            eventlet.sleep(wait)
            wait = min(wait * 2, 3)
        else:
            return


def main(path: str) -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    start_logging(settings.log_level)
    runner = Runner(path, settings)
    memory.look_again()
    _stop_on_signals(runner)
    try:
        runner.start()
    except StartRefused as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    runner.wait()
    log.info("service_stopped", service=runner.service.name)
    return 0


def _stop_on_signals(runner: Runner) -> None:
    stopping: list[int] = []

    def on_signal(number: int, frame: Any) -> None:
        if stopping:
            os._exit(1)
        if not runner.is_started:
            os._exit(0)
        stopping.append(number)
        eventlet.spawn_after(0, runner.stop)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
