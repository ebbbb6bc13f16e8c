"""Migrations: `python -m shared.db.migrate upgrade|check <package>...` and `... revision <package> -m "add x"`.

A package is "services.sales" or "gateway"; its version files stand in `<package>/migrations/versions`. On PostgreSQL each
service has a schema of its own name. Version files must suit the running release too: add first, drop one release later.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import MetaData, text

import shared.resources  # noqa: F401 - its tables are in every database
from shared import trail
from shared.bus.service import Service
from shared.db.base import ChassisBase
from shared.db.engine import Database, database
from shared.settings import Settings


def service_of(package: str) -> type[Service]:
    """The Service class of a package: "services.sales" → SalesService."""
    module = importlib.import_module(f"{package}.service")
    return next(
        item for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Service) and item.__module__ == module.__name__ and "name" in vars(item)
    )  # fmt: skip


def upgrade(service: type[Service], db: Database) -> None:
    """Bring a service's database to the newest version."""
    _run(service, db, lambda config: command.upgrade(config, "head"))


def _run(service: type[Service], db: Database, work: Any) -> None:
    if not db.is_sqlite:
        with db.engine.begin() as connection:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service.name}"'))
            # Two services start at once: one migrates, the other waits.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": service.name})
    with db.engine.connect() as connection:
        if not db.is_sqlite:
            connection.execute(text("SET lock_timeout = '4s'; SET statement_timeout = '60s'"))
            connection.commit()
        work(_config(service, connection))
        connection.commit()


def _config(service: type[Service], connection: Any) -> Config:
    package = importlib.import_module(service.package())
    versions = Path(str(package.__file__)).parent / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    config = Config(attributes={"connection": connection, "metadata": metadata_of(service)})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def metadata_of(service: type[Service]) -> list[MetaData]:
    """All tables of a service's database: its own and the chassis'."""
    assert trail.History.metadata is ChassisBase.metadata, "a database without the trail's table"
    return [service.base.metadata, ChassisBase.metadata]


def _revision(service: type[Service], message: str) -> None:
    """Write a version file with what the models have and the migrations so far lack."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(service.name, f"sqlite:///{folder}/{service.name}.sqlite3")
        upgrade(service, db)
        number = 1 + len(list(Path(_config(service, None).get_main_option("version_locations") or "").glob("*.py")))
        _run(
            service, db,
            lambda config: command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}", version_path=config.get_main_option("version_locations")),
        )  # fmt: skip


def check(service: type[Service], db: Database) -> None:
    """Raise CommandError when the models have something that no migration makes."""
    upgrade(service, db)
    _run(service, db, lambda config: command.check(config))


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["upgrade", "revision", "check"])
    parser.add_argument("packages", nargs="+")
    parser.add_argument("-m", "--message", default="change tables")
    options = parser.parse_args(arguments)
    for package in options.packages:
        service = service_of(package)
        if options.command == "revision":
            _revision(service, options.message)
            continue
        db = database(service.name, Settings.from_env())
        try:
            (upgrade if options.command == "upgrade" else check)(service, db)
        except CommandError as error:
            print(f"{package}: {error}", file=sys.stderr)  # noqa: T201
            return 1
        finally:
            db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
