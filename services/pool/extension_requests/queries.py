"""Reads of requests for more days."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import Session

from services.pool.extension_requests.models import ExtensionRequest
from services.pool.extension_requests.rules import RequestStatus
from services.pool.pools.queries import pools_where
from services.pool.rules import Level
from shared.bus import Call
from shared.caller import Caller, Rights
from shared.people import names_of, owned_by_or_below
from shared.resources import built_once


def requests_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """A pool's administrators see its requests; everybody else their own and those of people below them."""
    return _requests_in(caller.rights, frozenset(pools_where(db, caller, Level.ADMIN)))


@built_once
def _requests_in(rights: Rights, ruled: frozenset[str]) -> ColumnElement[bool]:
    return or_(ExtensionRequest.pool_id.in_(ruled), owned_by_or_below(ExtensionRequest.owner_id, rights, "customers"))


def only_status(query: Select[Any], params: dict[str, Any]) -> Select[Any]:
    """Requests of one status."""
    return query.where(ExtensionRequest.status == params["status"]) if params.get("status") else query


def add_to_rows(call: Call, records: list[ExtensionRequest], rows: list[dict[str, Any]]) -> None:
    """Put beside each request the name of who decided, and what the caller may do with it."""
    names, ruled = names_of(call.db, (record.decided_by for record in records)), pools_where(call.db, call.caller, Level.ADMIN)
    for record, row in zip(records, rows, strict=True):
        row["decided_by_name"] = names.get(record.decided_by or "")
        decides = record.pool_id in ruled and record.status == RequestStatus.PENDING
        row["can"] = ["grant", "refuse"] if decides else []
