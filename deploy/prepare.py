"""Bring databases and broker to what the suite needs: migrations, presets, topology. Idempotent.

`python -m deploy.prepare` does it by the settings of the environment, as a release step before the new version starts.
"""

from __future__ import annotations

import importlib
import importlib.util
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pika.exceptions
from sqlalchemy.exc import DBAPIError

from deploy.parts import SERVICES
from deploy.processes import StartError
from shared import clock, trail
from shared.bus import Service
from shared.bus.topology import declare_all
from shared.bus.wire import address_of
from shared.caller import Caller
from shared.db.engine import database
from shared.db.migrate import upgrade
from shared.settings import SettingError, Settings


def reach(amqp_url: str) -> None:
    """Raise StartError when nobody listens where the broker is to be."""
    with _naming_broker(amqp_url):
        socket.create_connection(address_of(amqp_url), 5).close()


def prepare_broker(amqp_url: str) -> None:
    """Declare the queues of all services. Raises StartError."""
    with _naming_broker(amqp_url):
        declare_all(amqp_url, list(SERVICES))


def prepare_databases(settings: Settings) -> str | None:
    """Migrate all databases and load presets. Gives the administrator's password when it was made up just now. Raises StartError."""
    try:
        made_up = [prepare_database(service, settings) for service in SERVICES]
    except (DBAPIError, OSError) as error:
        raise StartError(f"cannot use {_databases(settings)}: {_first_line(getattr(error, 'orig', None) or error)}") from error
    return next((password for password in made_up if password), None)


def prepare_database(service: type[Service], settings: Settings) -> Any:
    """Migrate one service's database and load its presets; gives what the presets give."""
    db = database(service.name, settings)
    try:
        upgrade(service, db)
        name = f"{service.package()}.presets"
        if importlib.util.find_spec(name) is None:
            return None
        with db.transaction() as session:
            trail.begin(session, Caller.system(), clock.now())
            return importlib.import_module(name).load(session, settings)
    finally:
        db.close()


@contextmanager
def _naming_broker(amqp_url: str) -> Iterator[None]:
    address = address_of(amqp_url)
    try:
        yield
    except (pika.exceptions.AMQPError, OSError) as error:
        raise StartError(f"cannot use RabbitMQ at {address[0]}:{address[1]}: {_first_line(error)}") from error


def _databases(settings: Settings) -> str:
    where = urlsplit(settings.database_url)
    return f"PostgreSQL at {where.hostname}:{where.port or 5432}" if where.hostname else f"the databases in {settings.data_dir}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or repr(error)
    return text.splitlines()[0]


def main() -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
        if not settings.amqp_url:
            raise SettingError("HIGHSEAS_AMQP_URL: needed; only the local runner starts a broker of its own")
        reach(settings.amqp_url)
        password = prepare_databases(settings)
        prepare_broker(settings.amqp_url)
    except (SettingError, StartError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    if password:
        print(f"administrator: admin / {password}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
