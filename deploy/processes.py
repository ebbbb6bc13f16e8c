"""Child processes: free ports, starting, ending a process and everything under it, one owner per data folder."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
READY_SECONDS = 150.0
"""How long a start may take: a few seconds, but a slow machine that is busy with something else takes its time."""


class StartError(Exception):
    """Something could not be started; the text is one clear line."""


PORTS = range(20_000, 30_000)
"""Below those that the system gives to whoever connects somewhere or asks for any port: whoever is to listen on one comes seconds later."""

_reserved: list[socket.socket] = []


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on, and that is given to nobody else while this process lives."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if _is_ours(port):
                return port


def _is_ours(port: int) -> bool:
    """Reserve a port until this process ends. Only Linux has names for it that leave nothing behind."""
    if sys.platform != "linux":
        return True
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0highseas-port-{port}")
    except OSError:
        reservation.close()
        return False
    _reserved.append(reservation)
    return True


def check_port(host: str, port: int) -> None:
    """Raise StartError unless we may listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} is taken: set HIGHSEAS_PORT to a free one") from error
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def own_folder(folder: Path, *, seconds: float) -> int:
    """Make a data folder ours alone; gives the open file that says so as long as anybody has it.

    Children that inherit the file keep the folder too, so that nobody starts on it while what a killed owner left behind
    is still ending. Raises StartError when it does not come free in time or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"cannot write to the data folder {folder}: {error.strerror}") from error
    try:
        wait_until(lambda: _locked(opened), seconds=seconds, what=f"the data folder {folder} is in use by another start")
    except StartError:
        os.close(opened)
        raise
    return opened


def start(
    command: list[str], *, env: Mapping[str, str] | None = None, log: Path, cwd: Path | None = None, keep: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that dies with us; what it prints goes to `log`, the file `keep` stays open in it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, env={**os.environ, **(env or {})}, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=cwd,
            start_new_session=True, preexec_fn=die_with_parent, pass_fds=() if keep is None else (keep,),
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
    process.wait(60)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children at once, as a power cut would."""
    family: list[subprocess.Popen[bytes] | psutil.Process] = [*_children(process.pid), process]
    for member in family:
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            member.kill()
    process.wait(60)


def wait_until(ready: Callable[[], bool], *, seconds: float = READY_SECONDS, what: str, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until something is so. Raises StartError with `what` when it does not come in time, or when `alive` says no."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise StartError(f"{what}: it ended while starting")
        if time.monotonic() > deadline:
            raise StartError(f"{what}: not ready within {seconds:.0f} s")
        time.sleep(0.1)


# Looked up before there is a child: between a fork and what it is for, a process with threads may do little.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have this process told to stop when its parent is gone."""
    # Only Linux offers it; elsewhere a killed supervisor leaves its children to the user.
    if _prctl:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
