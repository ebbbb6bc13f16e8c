"""Real servers for tests, one of each for the whole run: RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker import PrivateBroker, find_server
from deploy.postgres import PrivatePostgres
from tests.folders import data_folder


@pytest.fixture(scope="session")
def rabbit() -> Iterator[PrivateBroker]:
    """A private RabbitMQ node."""
    yield from _run_broker()


@pytest.fixture
def rabbit_of_its_own() -> Iterator[PrivateBroker]:
    """A private RabbitMQ node for one test that leaves queues in it."""
    yield from _run_broker()


def control(broker: PrivateBroker, *arguments: str) -> str:
    """What `rabbitmqctl` prints. The one beside the server: Debian's wrapper in /usr/sbin changes user."""
    tool = Path(find_server() or "").with_name("rabbitmqctl")
    return subprocess.run(
        [tool, "-q", *arguments], env={**os.environ, **broker.environment}, capture_output=True, text=True, check=True
    ).stdout


def _run_broker() -> Iterator[PrivateBroker]:
    with data_folder("broker") as folder:
        broker = PrivateBroker(folder)
        broker.start()
        yield broker
        broker.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A private PostgreSQL server; each service has a schema of its own in it."""
    with data_folder("postgres") as folder:
        folder.chmod(0o755)
        server = PrivatePostgres(folder)
        server.start()
        yield server
        server.stop()
