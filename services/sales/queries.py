"""Reads that quotes and orders share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.sales.models import CustomerCopy
from shared.bus import Call
from shared.db import Quick, among

CUSTOMER_NAMES = Quick(select(CustomerCopy.id, CustomerCopy.name).where(among(CustomerCopy.id, "wanted")))


def add_customer_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, in one query."""
    wanted = list({record.customer_id for record in records})
    names: dict[str, str] = dict(CUSTOMER_NAMES.rows(call.db, wanted=wanted)) if wanted else {}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])
