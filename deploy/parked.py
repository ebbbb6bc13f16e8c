"""`make parked`: lists the events that a service gave up after ten attempts, with the error.

`python -m deploy.parked retry sales` gives all of a service's parked events ten more attempts, from now; with numbers behind
it (`retry sales 17 18`) only those. The running service takes them up within a second; later events of the same record
follow in their order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy.orm import Session

from deploy.parts import SERVICES
from shared import clock
from shared.bus import Service
from shared.bus import parked as given_up
from shared.bus.tables import Inbox
from shared.db.engine import database
from shared.settings import SettingError, Settings

T = TypeVar("T")


def parked(settings: Settings, services: Iterable[type[Service]] = SERVICES) -> list[tuple[str, Inbox]]:
    """Every parked event with the service that gave it up, oldest first."""
    return [(service.name, row) for service in services for row in _in(settings, service.name, given_up.parked, read=True)]


def retry(settings: Settings, service: str, row_ids: set[int]) -> int:
    """Try parked events again, all of the service's where no ids are given; how many."""
    return len(_in(settings, service, lambda db: given_up.retry(db, clock.now(), row_ids or None)))


def _in(settings: Settings, service: str, work: Callable[[Session], T], *, read: bool = False) -> T:
    db = database(service, settings)
    try:
        return db.run(work, read=read)
    finally:
        db.close()


def main(arguments: list[str]) -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    match arguments:
        case []:
            for service, row in parked(settings):
                news = f"{row.publisher}.{row.name} of {row.key}"
                print(f"{service} {row.id}: {news}, {row.received_at:%Y-%m-%d %H:%M} UTC: {row.last_error}")  # noqa: T201
        case ["retry", service, *row_ids] if service in {one.name for one in SERVICES} and all(one.isdigit() for one in row_ids):
            print(f"{retry(settings, service, {int(one) for one in row_ids})} events will be tried again")  # noqa: T201
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
