"""Writes of requests for more days."""

from __future__ import annotations

from sqlalchemy import select

from services.pool.customers.actions import Desk, extend
from services.pool.extension_requests.models import ExtensionRequest
from services.pool.extension_requests.rules import RequestStatus
from services.pool.rules import Goal
from shared.bus import Call, publish
from shared.contracts.pool import ExtensionGranted, ExtensionRefused, ExtensionRequested
from shared.errors import Conflict
from shared.people import person_name


def request_extension(call: Call, *, customer_id: str, days: int, reason: str) -> ExtensionRequest:
    """Ask the pool's administrators for more days for a customer one holds. Raises NotFound, Conflict."""
    desk = Desk.open(call, "request_extension", [customer_id])
    entry = desk.entry(customer_id, "request_extension")
    if entry.goal != Goal.PENDING:
        raise Conflict("goal_already_achieved")
    waiting = (ExtensionRequest.customer_id == customer_id, ExtensionRequest.status == RequestStatus.PENDING.value)
    if call.db.scalar(select(ExtensionRequest.id).where(*waiting)):
        raise Conflict("request_waits")
    request = ExtensionRequest(
        customer_id=customer_id, customer_name=entry.customer_name, pool_id=entry.pool_id, owner_id=desk.me, days=days, reason=reason
    )
    call.db.add(request)
    call.db.flush()
    admins = tuple(desk.pools[entry.pool_id].admin_ids)
    publish(call.db, request.told(ExtensionRequested, requester_name=person_name(call.db, desk.me), admin_ids=admins))
    return request


def grant_extension(call: Call, request: ExtensionRequest, *, days: int | None, answer: str) -> ExtensionRequest:
    """Give the days asked for, or others: the deadline moves as by extending. Raises Forbidden, Conflict."""
    desk = Desk.open(call, "decide_extension", [request.customer_id])
    desk.entry(request.customer_id, "decide_extension")
    request.grant(days=days or request.days, answer=answer, by=desk.me, at=call.now)
    extend(desk, request.customer_id, days or request.days, request.reason)
    desk.close()
    publish(call.db, request.told(ExtensionGranted, requester_name=person_name(call.db, request.owner_id), answer=answer))
    return request


def refuse_extension(call: Call, request: ExtensionRequest, *, reason: str) -> ExtensionRequest:
    """Say no, with a reason. Raises Forbidden, Conflict."""
    desk = Desk.open(call, "decide_extension", [request.customer_id])
    desk.entry(request.customer_id, "decide_extension")
    request.refuse(answer=reason, by=desk.me, at=call.now)
    publish(call.db, request.told(ExtensionRefused, requester_name=person_name(call.db, request.owner_id), answer=reason))
    return request
