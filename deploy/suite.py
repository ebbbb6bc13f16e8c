"""The whole suite on one machine: broker, gateway and services, each its own process, restarted when it dies.

`make run`, the journeys and the benchmark start it alike.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from deploy import processes
from deploy.broker import PrivateBroker
from deploy.parts import SERVICES, path_of
from deploy.prepare import prepare
from deploy.processes import StartError
from shared.settings import Settings

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
FIRST_RESTART_WAIT = 0.2
LONGEST_RESTART_WAIT = 30.0
STABLE_SECONDS = 10.0


class Program:
    """One process of the suite, with how it is started and when it may be started again."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log_file: Path) -> None:
        self.name, self._command, self._env, self._log = name, command, dict(env), log_file
        self.process: subprocess.Popen[bytes] | None = None
        self.held = False
        self._wait = FIRST_RESTART_WAIT
        self._started = 0.0
        self._not_before = 0.0

    def start(self) -> None:
        """Start it."""
        self.process = processes.start(self._command, env=self._env, log=self._log, cwd=ROOT)
        self._started = time.monotonic()

    def tend(self) -> None:
        """Start it again when it died, sooner the longer it had run."""
        if self.held or self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        if not self._not_before:
            if now - self._started > STABLE_SECONDS:
                self._wait = FIRST_RESTART_WAIT
            log.warning("process_died", name=self.name, code=self.process.returncode, restart_in_seconds=self._wait)
            self._not_before, self._wait = now + self._wait, min(self._wait * 2, LONGEST_RESTART_WAIT)
        if now >= self._not_before:
            self._not_before = 0.0
            self.start()

    def end(self) -> None:
        """End it politely."""
        if self.process is not None and self.process.poll() is None:
            processes.end(self.process, seconds=28)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self.process is not None:
            processes.kill(self.process)


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
        self._watcher: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises StartError with one clear line."""
        if processes.port_is_taken(self.settings.host, self.settings.port):
            raise StartError(f"port {self.settings.port} is taken: set HIGHSEAS_PORT to a free one")
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        if self.broker:
            self.broker.start()
        self.password = prepare(self.settings, self.amqp_url)
        self.programs = self._make_programs()
        # Children die with the thread that started them, so one thread starts them all and lives until the end.
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()
        self.wait_ready()

    def wait_ready(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until the gateway says that all parts are ready. Raises StartError."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise StartError(f"not ready within {seconds:.0f} s; see {self.settings.data_dir / 'log'}")
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
        return {name: program.process.pid for name, program in self.programs.items() if program.process}

    def _watch(self) -> None:
        for program in self.programs.values():
            program.start()
        while not self._stopping.wait(0.1):
            for program in self.programs.values():
                program.tend()
        enders = [threading.Thread(target=program.end) for program in self.programs.values()]
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
        env = environment(replace(self.settings, amqp_url=self.amqp_url)) | counting | self._extra_env
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "gateway/gunicorn_conf.py", "gateway.wsgi:app"]
        programs = {"gateway": Program("gateway", gunicorn, env, logs / "gateway.log")}
        for service in SERVICES:
            command = [sys.executable, "-m", "shared.bus.runner", path_of(service)]
            programs[service.name] = Program(service.name, command, env, logs / f"{service.name}.log")
        return programs


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables they are read from."""
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    written = {name: ("1" if value else "0") if isinstance(value, bool) else str(value) for name, value in values.items()}
    written["data_dir"] = str(settings.data_dir.absolute())
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {f"HIGHSEAS_{name.upper()}": value for name, value in written.items() if value not in ("", "0")} | {"PYTHONPATH": path}
