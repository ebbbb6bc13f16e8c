"""Reads that quotes and orders share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from services.sales.models import CustomerCopy
from shared.bus import Call

CUSTOMER_NAMES = select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(bindparam("wanted", expanding=True)))


def add_customer_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, in one query."""
    wanted = {record.customer_id for record in records}
    names = dict(call.db.connection().execute(CUSTOMER_NAMES, {"wanted": list(wanted)}).all()) if wanted else {}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])
