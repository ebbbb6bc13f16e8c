"""Child processes: free ports, starting, ending a process and everything under it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """Something could not be started; the text is one clear line."""


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def start(command: list[str], *, env: Mapping[str, str] | None = None, log: Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that dies with us; what it prints goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, env={**os.environ, **(env or {})}, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=cwd,
            start_new_session=True, preexec_fn=_die_with_parent,
        )  # fmt: skip


def end(process: subprocess.Popen[bytes], *, seconds: float = 10) -> None:
    """End a process and its children: politely first, then by force."""
    family: list[subprocess.Popen[bytes] | psutil.Process] = [process, *_children(process.pid)]
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    for member in family:
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            member.kill()
    process.wait(10)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children at once, as a power cut would."""
    family: list[subprocess.Popen[bytes] | psutil.Process] = [*_children(process.pid), process]
    for member in family:
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            member.kill()
    process.wait(10)


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until something is so. Raises StartError with `what` when it does not come, or when `alive` says no."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise StartError(f"{what}: it ended while starting")
        if time.monotonic() > deadline:
            raise StartError(f"{what}: not ready within {seconds:.0f} s")
        time.sleep(0.1)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
