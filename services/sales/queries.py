"""Reads that quotes and orders share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.sales.models import CustomerCopy
from shared.bus import Call


def add_customer_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, in one query."""
    ids = {record.customer_id for record in records}
    found = call.db.execute(select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(ids))) if ids else ()
    names = {customer_id: name for customer_id, name in found}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])
