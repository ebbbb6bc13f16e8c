"""A program that is kept running: started, started again when it dies, ended, killed, held down."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from deploy import processes

log = structlog.get_logger(__name__)

FIRST_RESTART_WAIT = 0.2
LONGEST_RESTART_WAIT = 30.0
STABLE_SECONDS = 10.0


class Program:
    """One process of the suite, with how it is started and when it may be started again.

    `keep` is an open file the process inherits: as long as it lives, the file's lock is held.
    """

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log_file: Path) -> None:
        self.name, self._command, self._env, self._log = name, command, dict(env), log_file
        self.keep: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.held = False
        self._wait = FIRST_RESTART_WAIT
        self._started = 0.0
        self._not_before = 0.0

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id, dead or alive; None before the first start."""
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Start it. Raises OSError."""
        self.process = processes.start(self._command, env=self._env, log=self._log, cwd=processes.ROOT, keep=self.keep)
        self._started = time.monotonic()

    def tend(self) -> None:
        """Start it again when it died, sooner the longer it had run. Raises OSError; then the next call tries again."""
        if self.held or self.process is None or self.is_running:
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

    def end(self, *, seconds: float = 28) -> None:
        """End it politely, by force after so many seconds."""
        if self.process is not None and self.is_running:
            processes.end(self.process, seconds=seconds)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self.process is not None:
            processes.kill(self.process)
