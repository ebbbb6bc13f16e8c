"""The whole suite on one machine: broker, gateway and services, each its own process, restarted when it dies.

`make run`, the journeys and the benchmark start it alike.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace

import structlog

from deploy import processes
from deploy.broker import PrivateBroker
from deploy.parts import COMMANDS
from deploy.prepare import prepare_broker, prepare_databases, reach
from deploy.processes import READY_SECONDS, ROOT, StartError
from deploy.programs import Program
from shared.settings import Settings

log = structlog.get_logger(__name__)

FOLDER_SECONDS = 35


class Suite:
    """Starts, watches and stops all parts. `settings.amqp_url` empty means a private broker under `data_dir`."""

    def __init__(self, settings: Settings, *, extra_env: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.broker = None if settings.amqp_url else PrivateBroker(settings.data_dir / "broker")
        self.amqp_url = settings.amqp_url or (self.broker.url if self.broker else "")
        self.password: str | None = None
        self.programs: dict[str, Program] = {}
        self._extra_env = dict(extra_env or {})
        self._stopping = threading.Event()
        self._folder: int | None = None
        self._watcher: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises StartError with one clear line."""
        self._folder = processes.own_folder(self.settings.data_dir, seconds=FOLDER_SECONDS)
        processes.check_port(self.settings.host, self.settings.port)
        if self.broker:
            self.broker.begin(keep=self._folder)
        else:
            reach(self.amqp_url)
        self.password = prepare_databases(self.settings)
        if self.broker:
            self.broker.wait_up()
        prepare_broker(self.amqp_url)
        self.programs = self._make_programs()
        # Children die with the thread that started them, so one thread starts them all and lives until the end.
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the gateway says that all parts are ready. Raises StartError."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise StartError(f"not ready within {READY_SECONDS:.0f} s; see {self.settings.data_dir / 'log'}")
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Whether every part answers."""
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{self.url}/readyz", timeout=15) as answer:
            return bool(answer.status == 200)
        return False

    def stop(self) -> None:
        """Stop everything: the door first, then the services, then the broker."""
        self._stopping.set()
        if self._watcher:
            self._watcher.join(40)
        if self.broker:
            self.broker.stop()
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None

    def kill(self, name: str) -> None:
        """Kill one process; it comes back by itself."""
        self.programs[name].kill()

    def hold(self, name: str) -> None:
        """Kill one process and keep it down until `release`."""
        self.programs[name].held = True
        self.programs[name].kill()

    def release(self, name: str) -> None:
        """Let a held process come back."""
        self.programs[name].held = False

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {name: program.pid for name, program in self.programs.items() if program.pid}

    def _watch(self) -> None:
        mine = [program for program in self.programs.values() if not program.is_running]
        for program in mine:
            program.start()
        while not self._stopping.wait(0.1):
            for program in self.programs.values():
                try:
                    program.tend()
                except OSError:
                    log.exception("program_not_started", name=program.name)
        enders = [threading.Thread(target=program.end) for program in mine]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _make_programs(self) -> dict[str, Program]:
        logs = self.settings.data_dir / "log"
        metrics = self.settings.data_dir / "metrics"
        metrics.mkdir(exist_ok=True)
        for old in metrics.glob("*.db"):
            old.unlink()
        # All processes count in one folder, which the gateway's /metrics reads.
        counting = {"PROMETHEUS_MULTIPROC_DIR": str(metrics.absolute())}
        # One machine has one port for all of them: here nobody asks the services but the gateway.
        env = environment(replace(self.settings, amqp_url=self.amqp_url, probe_port=0)) | counting | self._extra_env
        programs = {} if self.broker is None else {program.name: program for program in (self.broker.node, self.broker.mapper)}
        programs |= {name: Program(name, command, env, logs / f"{name}.log") for name, command in COMMANDS.items()}
        for program in programs.values():
            program.keep = self._folder
        return programs


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables they are read from."""
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    written = {name: ("1" if value else "0") if isinstance(value, bool) else str(value) for name, value in values.items()}
    written["data_dir"] = str(settings.data_dir.absolute())
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {f"HIGHSEAS_{name.upper()}": value for name, value in written.items() if value not in ("", "0")} | {"PYTHONPATH": path}
