"""A private RabbitMQ node: its own ports, folders and cookie, started and stopped as a child process."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pika
import pika.exceptions

from deploy.processes import StartError, end, free_port, kill, start

SERVER_PATHS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server", "/opt/homebrew/sbin/rabbitmq-server")


def find_server() -> str | None:
    """The path of rabbitmq-server, or None. Debian's wrapper in /usr/sbin changes user; the script behind it does not."""
    for path in SERVER_PATHS:
        if os.access(path, os.X_OK):
            return path
    return shutil.which("rabbitmq-server")


class PrivateBroker:
    """One RabbitMQ node under `data_dir`, listening on the loopback interface only.

    `kill()` ends it as a crash does; `start()` brings it back on the same ports with what was durable.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.port = free_port()
        self._distribution_port = free_port()
        self._epmd_port = free_port()
        self._node = f"highseas_{secrets.token_hex(4)}@localhost"
        self._process: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self, *, seconds: float = 60) -> None:
        """Start the node and wait until it takes connections. Raises StartError."""
        server = find_server()
        if server is None:
            raise StartError("RabbitMQ is missing: install rabbitmq-server, or set HIGHSEAS_AMQP_URL")
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "enabled_plugins").write_text("[].\n")
        (self.data_dir / "rabbitmq.conf").write_text(self._configuration())
        self._start_port_mapper()
        self._process = start([server], env=self._environment(), log=self.data_dir / "broker.log")
        deadline = time.monotonic() + seconds
        while not self.is_up():
            if self._process.poll() is not None:
                raise StartError(f"RabbitMQ ended while starting; see {self.data_dir / 'broker.log'}")
            if time.monotonic() > deadline:
                raise StartError(f"RabbitMQ is not ready within {seconds:.0f} s; see {self.data_dir / 'broker.log'}")
            time.sleep(0.1)

    def is_up(self) -> bool:
        """Whether the node takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (OSError, pika.exceptions.AMQPError):
            return False
        return True

    def stop(self) -> None:
        """Stop the node and its port mapper."""
        if self._process is not None:
            end(self._process, seconds=15)
            self._process = None
        if self._mapper is not None:
            end(self._mapper)
            self._mapper = None

    def kill(self) -> None:
        """Kill the node, as a power cut would."""
        if self._process is not None:
            kill(self._process)
            self._process = None

    def _start_port_mapper(self) -> None:
        # Erlang would start its port mapper as a daemon that outlives everybody; ours is a child like any other.
        mapper = shutil.which("epmd")
        if self._mapper is None and mapper:
            command = [mapper, "-port", str(self._epmd_port), "-address", "127.0.0.1"]
            self._mapper = start(command, log=self.data_dir / "epmd.log")

    def _configuration(self) -> str:
        lines = (
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            "loopback_users.guest = true",
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 50MB",
            "log.console.level = warning",
            "collect_statistics = none",
        )
        return "\n".join(lines) + "\n"

    def _environment(self) -> dict[str, str]:
        home = self.data_dir
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o600)
        return {
            "HOME": str(home),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_MNESIA_DIR": str(home / "mnesia" / "node"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(home / "node.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
