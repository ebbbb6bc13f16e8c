"""Writes of quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.actions import check_customer, write_document
from services.sales.quotes.models import Quote, QuoteLine
from services.sales.quotes.rules import QuoteStatus
from shared.bus import Call, publish
from shared.caller import Caller
from shared.db import next_number
from shared.db.organisation import today

EXPIRED_PER_RUN = 500


def create_quote(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Quote:
    """Write a quote."""
    check_customer(db, caller, data["customer_id"])
    quote = Quote(number=next_number(db, "QT"))
    write_document(db, quote, QuoteLine, data, caller=caller, day=today(db))
    db.add(quote)
    return quote


def update_quote(db: Session, *, record: Quote, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a draft; lines given replace the old ones. Raises WrongState."""
    if set(changes) - {"owner_id"}:
        record.check_draft()
    if "customer_id" in changes:
        check_customer(db, caller, changes["customer_id"])
    if "lines" in changes:
        # The version belongs to the quote, and lines live in other rows.
        record.updated_at = now
    write_document(db, record, QuoteLine, changes, caller=caller, day=today(db))


def expire_quotes(call: Call) -> None:
    """Mark what was sent and not answered while it was valid; what another replica holds is left to it."""
    late = (Quote.status == QuoteStatus.SENT.value, Quote.deleted_at.is_(None), Quote.valid_until < call.today)
    for quote in call.db.scalars(select(Quote).where(*late).limit(EXPIRED_PER_RUN).with_for_update(skip_locked=True)).all():
        publish(call.db, quote.expire())
