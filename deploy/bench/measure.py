"""Measures rows beside the echo: a few requests, a few echo calls, and so on in turn; ratios are taken within a round.

A machine's speed moves while it is measured, so nothing is compared with what was measured some seconds ago.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from deploy.bench.clients import Request, Seen
from deploy.bench.company import Company
from deploy.bench.echo import Echo
from deploy.bench.figures import median, percentile
from deploy.bench.rows import Row
from shared.bus.tables import Inbox, Outbox

MANY = 16
IN_TURN = 10
EVENT_PAUSE_SECONDS = 0.05
EVENT_DUE = 50


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds per row, requests per round with one and with many clients, echo calls, events."""

    rounds: int = 3
    alone: int = 100
    together: int = 240
    echoes: int = 150
    events: int = 100


@dataclass
class Figures:
    """What a row came to, round by round: `ratios` and `events` in multiples of the echo's median, rates per second."""

    name: str
    due: float | None = None
    ratios: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    rates_together: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    doubled: int = 0
    writes: bool = False

    @property
    def ratio(self) -> float:
        """The median of all rounds."""
        return median(self.ratios)

    @property
    def gain(self) -> float:
        """Throughput with sixteen clients over throughput with one, the median of all rounds."""
        return median([many / one for one, many in zip(self.rates, self.rates_together, strict=True)])


def measure(row: Row, company: Company, echo: Echo, effort: Effort) -> Figures:
    """Measure one row."""
    found = Figures(row.name, row.due, writes=row.stored is not None)
    for _ in range(effort.rounds):
        alone = row.requests(company, effort.alone)
        together = row.requests(company, effort.together)
        company.drain()
        stored = row.stored(company) if row.stored else 0
        one, unit = _in_turn(alone, company, echo)
        many = company.clients.send(together, at_once=MANY)
        _note(found, one, many, unit=unit, echo_rate=echo.rate(effort.echoes, MANY))
        if row.stored:
            company.drain()
            found.doubled += abs(row.stored(company) - stored - len(one.times) - len(many.times)) + _repeated(one, many)
    return found


def events(company: Company, echo: Echo, effort: Effort) -> list[Figures]:
    """How long from a customer's creation until a subscriber has handled it; one creation at a time, with pauses.

    The start is the time the event carries, read when its call began: a little before the commit.
    """
    company.drain()
    created, echoes = [], []
    for _ in range(effort.events):
        created.append(company.clients.one(company.new_customer())["id"])
        time.sleep(EVENT_PAUSE_SECONDS)
        echoes += echo.times(2)
    unit = median(echoes)
    company.drain()
    took = list(_handling_seconds(company, created))
    return [
        Figures(f"event handled, p{share}", due=due, ratios=[percentile(took, share) / unit], milliseconds=[percentile(took, share) * 1000])
        for share, due in ((50, None), (95, EVENT_DUE))
    ]


def _in_turn(requests: list[Request], company: Company, echo: Echo) -> tuple[Seen, float]:
    """What one client saw, and the median of the echo calls made in between."""
    seen, echoes = Seen(), echo.times(IN_TURN)
    for start in range(0, len(requests), IN_TURN):
        seen.add(company.clients.send(requests[start : start + IN_TURN], at_once=1))
        echoes += echo.times(IN_TURN)
    return seen, median(echoes)


def _note(found: Figures, one: Seen, many: Seen, *, unit: float, echo_rate: float) -> None:
    found.failed += one.failures + many.failures
    if one.times and many.times:
        found.ratios.append(median(one.times) / unit)
        found.milliseconds.append(median(one.times) * 1000)
        found.rates.append(one.per_second)
        found.rates_together.append(many.per_second)
        found.shares.append(many.per_second / echo_rate)


def _repeated(*seen: Seen) -> int:
    """How many answers told of a record that another answer had told of."""
    ids = [body["id"] for one in seen for body in one.bodies]
    return len(ids) - len(set(ids))


def _handling_seconds(company: Company, keys: list[str]) -> Iterable[float]:
    with company.databases["customer"].transaction(read=True) as db:
        started: dict[str, Any] = dict(db.execute(select(Outbox.event_id, Outbox.created_at).where(Outbox.key.in_(keys))).all())  # type: ignore[arg-type]
    for database in company.databases.values():
        with database.transaction(read=True) as db:
            handled = select(Inbox.event_id, Inbox.done_at).where(Inbox.event_id.in_(started), Inbox.done_at.is_not(None))
            for event_id, done_at in db.execute(handled):
                yield (done_at - started[event_id]).total_seconds()
