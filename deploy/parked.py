"""`make parked`: lists the events that a service gave up after ten attempts, with the error.

`python -m deploy.parked retry sales` gives all of a service's parked events ten more attempts, from now; with numbers behind
it (`retry sales 17 18`) only those. The running service takes them up within a second; later events of the same record
follow in their order.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import select

from deploy.parts import SERVICES
from shared import clock
from shared.bus import Service
from shared.bus.inbox import retry_parked
from shared.bus.tables import Inbox
from shared.db.engine import database
from shared.settings import SettingError, Settings


def parked(settings: Settings, services: Iterable[type[Service]] = SERVICES) -> list[tuple[str, Inbox]]:
    """Every parked event with the service that gave it up, oldest first."""
    return [(service.name, row) for service in services for row in _parked(settings, service.name, set())]


def retry(settings: Settings, service: str, row_ids: set[int]) -> int:
    """Try parked events again, all of the service's where no ids are given; how many."""
    rows = _parked(settings, service, row_ids)
    db = database(service, settings)
    with db.transaction() as session:
        for row in rows:
            retry_parked(session, row.id, clock.now())
    db.close()
    return len(rows)


def _parked(settings: Settings, service: str, row_ids: set[int]) -> list[Inbox]:
    db = database(service, settings)
    with db.transaction(read=True) as session:
        rows = session.scalars(select(Inbox).where(Inbox.status == "parked").order_by(Inbox.id)).all()
    db.close()
    return [row for row in rows if not row_ids or row.id in row_ids]


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
