"""What holds in every service: news goes out and comes in, money is exact."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, func, select, type_coerce

from deploy.audit.books import Books, Violation
from deploy.parts import SERVICES
from shared.bus.tables import Inbox, Outbox
from shared.db import MoneyType, PercentType, QuantityType


def nothing_waits(books: Books) -> Iterator[Violation]:
    """Every event is sent and handled."""
    for name, db in books.sessions.items():
        for row in db.scalars(select(Outbox).where(Outbox.sent_at.is_(None)).limit(20)):
            yield Violation("outbox is empty", f"{name}:{row.name}:{row.key}", row.last_error or "not sent")
        for event in db.scalars(select(Inbox).where(Inbox.status != "done").limit(20)):
            yield Violation("inbox is done", f"{name}:{event.handler}:{event.key}", f"{event.status}: {event.last_error}")


def news_arrives(books: Books) -> Iterator[Violation]:
    """What one service sent stands in the inbox of everyone who listens, once per handler."""
    for service in SERVICES:
        for (publisher, name), handlers in service.subscriptions().items():
            sent = select(Outbox.position, Outbox.event_id, Outbox.key).where(Outbox.name == name, Outbox.sent_at.is_not(None))
            told = books.sessions[publisher].execute(sent).all()
            for handler in handlers:
                rows = books.sessions[service.name].execute(
                    select(Inbox.event_id, Inbox.sequence).where(Inbox.publisher == publisher, Inbox.name == name, Inbox.handler == handler)
                )
                came = {event_id: sequence for event_id, sequence in rows}
                # A handler hears nothing of the time before it was there.
                first = min(came.values(), default=None)
                for position, event_id, key in told:
                    if first is not None and position >= first and event_id not in came:
                        yield Violation("sent news arrives", f"{service.name}:{handler}:{key}", f"{publisher}.{name} is missing")


def money_is_exact(books: Books) -> Iterator[Violation]:
    """Amounts are stored as whole numbers of their smallest unit, nowhere as floats."""
    for service in SERVICES:
        db = books.sessions[service.name]
        if db.get_bind().dialect.name != "sqlite":
            # PostgreSQL holds whole-number columns to it by itself.
            continue
        for table in service.base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, (MoneyType, QuantityType, PercentType)):
                    inexact = type_coerce(func.typeof(column), String()).not_in(["integer", "null"])
                    for key, value in db.execute(
                        select(table.primary_key.columns[0], type_coerce(column, String())).where(inexact).limit(20)
                    ):
                        yield Violation("money is exact", f"{service.name}:{table.name}.{column.name}:{key}", str(value))
