"""Writes of quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.sales.actions import add_up, check_customer, write_lines
from services.sales.quotes.models import Quote, QuoteLine
from shared.caller import Caller
from shared.db import next_number


def create_quote(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Quote:
    """Write a quote."""
    check_customer(db, caller, data["customer_id"])
    lines, total = data.pop("lines"), data.pop("total", None)
    quote = Quote(number=next_number(db, "QT"), **data)
    write_lines(db, quote, QuoteLine, lines, total)
    db.add(quote)
    return quote


def update_quote(db: Session, *, record: Quote, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a quote; lines given replace the old ones."""
    if "customer_id" in changes:
        check_customer(db, caller, changes["customer_id"])
    lines, total = changes.pop("lines", None), changes.pop("total", None)
    for name, value in changes.items():
        setattr(record, name, value)
    if lines is not None:
        write_lines(db, record, QuoteLine, lines, total)
        record.updated_at = now
    add_up(record)
