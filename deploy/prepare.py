"""Bring databases and broker to what the suite needs: migrations, presets, topology. Idempotent.

`python -m deploy.prepare` does it by the settings of the environment, as a release step before the new version starts.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from deploy.parts import SERVICES
from shared import clock, trail
from shared.bus import Service
from shared.bus.topology import declare_all
from shared.caller import Caller
from shared.db.engine import database
from shared.db.migrate import upgrade
from shared.settings import SettingError, Settings


def prepare(settings: Settings, amqp_url: str) -> str | None:
    """Migrate, load presets, declare queues. Gives the administrator's password when it was made up just now."""
    password = None
    for service in SERVICES:
        made_up = prepare_database(service, settings)
        password = password or made_up
    declare_all(amqp_url, list(SERVICES))
    return password


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


def main() -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    password = prepare(settings, settings.amqp_url)
    if password:
        print(f"administrator: admin / {password}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
