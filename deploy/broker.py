"""A private RabbitMQ node: its own ports, folders and cookie, started and stopped as a child process."""

from __future__ import annotations

import glob
import json
import os
import secrets
import shutil
import socket
from pathlib import Path

import pika
import pika.exceptions

from deploy.processes import ROOT, StartError, free_port, wait_until
from deploy.programs import Program

SERVER_PATHS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server", "/opt/homebrew/sbin/rabbitmq-server")
DEFINITIONS = ROOT / "deploy/rabbitmq/definitions.json"
"""What the code expects of every broker: the policies that bound the queues."""
ACCOUNT = {
    "users": [{"name": "guest", "password": "guest", "tags": "administrator"}],
    "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
}
"""A node that is given definitions makes no account of its own. This one is good on the loopback interface only."""


def find_server() -> str | None:
    """The path of rabbitmq-server, or None. Debian's wrapper in /usr/sbin changes user; the script behind it does not."""
    for path in SERVER_PATHS:
        if os.access(path, os.X_OK):
            return path
    return shutil.which("rabbitmq-server")


def find_mapper() -> str:
    """The path of epmd, Erlang's port mapper; installations that keep it out of PATH have it beside the runtime."""
    beside = sorted(glob.glob("/usr/lib/erlang/erts-*/bin/epmd") + glob.glob("/usr/local/lib/erlang/erts-*/bin/epmd"))
    return shutil.which("epmd") or (beside[-1] if beside else "epmd")


class PrivateBroker:
    """One RabbitMQ node under `data_dir`, listening on the loopback interface only.

    `kill()` ends it as a crash does; `start()` brings it back on the same ports with what was durable. Its two programs,
    `node` and `mapper`, may be tended by whoever watches over the suite.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.port = free_port()
        self._distribution_port = free_port()
        self._epmd_port = free_port()
        self.environment = self._environment()
        self.node = Program("broker", [find_server() or "rabbitmq-server"], self.environment, self.data_dir / "broker.log")
        # Erlang would start its port mapper as a daemon that outlives everybody; ours is a child like any other.
        mapper = [find_mapper(), "-port", str(self._epmd_port), "-address", "127.0.0.1"]
        self.mapper = Program("broker-port-mapper", mapper, self.environment, self.data_dir / "epmd.log")

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self, *, keep: int | None = None) -> None:
        """Start the node and wait until it takes connections; `keep` is the open file both programs hold. Raises StartError."""
        self.begin(keep=keep)
        self.wait_up()

    def begin(self, *, keep: int | None = None) -> None:
        """Start the node, which takes some seconds to come up. Raises StartError."""
        if find_server() is None:
            raise StartError("RabbitMQ is missing: install rabbitmq-server, or set HIGHSEAS_AMQP_URL")
        self._write_files()
        for program in (self.mapper, self.node):
            program.keep = keep
            if not program.is_running:
                _start(program)

    def wait_up(self) -> None:
        """Wait until the node takes connections. Raises StartError."""
        log_file = self.data_dir / "broker.log"
        wait_until(self.is_up, what=f"RabbitMQ (see {log_file})", alive=lambda: self.node.is_running)

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
        # A node that has not come up does not hear that it is to stop, and has taken no message yet.
        self.node.end(seconds=15 if self.is_up() else 0)
        self.mapper.end()

    def kill(self) -> None:
        """Kill the node, as a power cut would."""
        self.node.kill()

    def _write_files(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "enabled_plugins").write_text("[].\n")
        (self.data_dir / "rabbitmq.conf").write_text(self._configuration())
        definitions = self.data_dir / "definitions"
        definitions.mkdir(exist_ok=True)
        shutil.copyfile(DEFINITIONS, definitions / "10-definitions.json")
        (definitions / "20-account.json").write_text(json.dumps(ACCOUNT))
        cookie = self.data_dir / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(20))

    def _configuration(self) -> str:
        lines = (
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            "loopback_users.guest = true",
            f"load_definitions = {self.data_dir / 'definitions'}",
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 50MB",
            "log.console.level = warning",
            "collect_statistics = none",
        )
        return "\n".join(lines) + "\n"

    def _environment(self) -> dict[str, str]:
        home = self.data_dir
        return {
            "HOME": str(home),
            # The start script then becomes the node instead of standing before it: signals reach the node itself.
            "RUNNING_UNDER_SYSTEMD": "1",
            # What the node keeps on disk belongs to its name; its own port mapper keeps it apart from every other node.
            "RABBITMQ_NODENAME": "highseas@localhost",
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


def _start(program: Program) -> None:
    try:
        program.start()
    except OSError as error:
        raise StartError(f"cannot start the {program.name}: {error.strerror}") from error
