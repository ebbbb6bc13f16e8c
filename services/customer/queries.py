"""Reads of customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from services.customer.models import Contact, Customer, FollowUp, OrderFact, PoolMember, ReceiptFact
from services.customer.rules import POOL_ACTIONS, PoolStatus, pool_actions
from shared.bus import Call
from shared.caller import Caller
from shared.people import owned_by_or_below, within_scope

SYSTEM_ADMIN = "pool:settings"
"""The permission that makes somebody the pools' system administrator."""


def customers_in_scope(db: Session, caller: Caller, module: str = "customers") -> ColumnElement[bool]:
    """Ordinary customers as the scope says. Unassigned ones are for the members of their pool, an assigned one for its owner and
    those above the owner; a pool's administrators see all its customers, and who may see all customers or set up pools sees all.
    """  # fmt: skip
    if caller.may(SYSTEM_ADMIN) or caller.scope("customers") == "all":
        return true()
    member = select(PoolMember.user_id).where(PoolMember.user_id == (caller.user_id or ""), PoolMember.pool_id == Customer.pool_id)
    return or_(
        and_(Customer.pool_status == PoolStatus.ORDINARY.value, within_scope(Customer.owner_id, caller, "customers")),
        and_(Customer.pool_status == PoolStatus.UNASSIGNED.value, member.exists()),
        and_(Customer.pool_status == PoolStatus.ASSIGNED.value, owned_by_or_below(Customer.owner_id, caller, "customers")),
        and_(Customer.pool_status != PoolStatus.ORDINARY.value, member.where(PoolMember.is_admin).exists()),
    )


def contacts_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its contacts."""
    return Contact.customer_id.in_(_visible_ids(db, caller))


def follow_ups_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its follow-ups."""
    return FollowUp.customer_id.in_(_visible_ids(db, caller))


def newest_follow_ups(db: Session, customer_id: str) -> Sequence[FollowUp]:
    """A customer's live follow-ups, newest first."""
    mine = (FollowUp.customer_id == customer_id, FollowUp.deleted_at.is_(None))
    return db.scalars(select(FollowUp).where(*mine).order_by(FollowUp.contacted_at.desc(), FollowUp.id.desc()).limit(50)).all()


def order_figures(db: Session, customer_id: str) -> tuple[date | None, Decimal]:
    """The last live order's date and what approved orders add up to."""
    live = (OrderFact.customer_id == customer_id, OrderFact.is_live)
    last = db.scalar(select(func.max(OrderFact.order_date)).where(*live))
    total = db.scalar(select(func.sum(OrderFact.total)).where(*live, OrderFact.is_approved))
    return last, total or Decimal("0.00")


def received(db: Session, customer_id: str) -> Decimal:
    """What live receipts add up to."""
    live = (ReceiptFact.customer_id == customer_id, ReceiptFact.is_live)
    return db.scalar(select(func.sum(ReceiptFact.amount)).where(*live)) or Decimal("0.00")


def has_business(db: Session, customer_id: str) -> bool:
    """Whether orders or receipts depend on a customer."""
    order = db.scalar(select(OrderFact.order_id).where(OrderFact.customer_id == customer_id, OrderFact.is_live).limit(1))
    receipt = db.scalar(select(ReceiptFact.receipt_id).where(ReceiptFact.customer_id == customer_id, ReceiptFact.is_live).limit(1))
    return bool(order or receipt)


def add_customer_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, in one query."""
    ids = {record.customer_id for record in records}
    found = call.db.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids))) if ids else ()
    names = {customer_id: name for customer_id, name in found}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])


def _visible_ids(db: Session, caller: Caller) -> Any:
    return select(Customer.id).where(Customer.deleted_at.is_(None), customers_in_scope(db, caller))


def add_pool_actions(call: Call, customers: list[Customer], rows: list[dict[str, Any]]) -> None:
    """Leave in each row's `can` only what the customer's pool lets the caller do."""
    found = call.db.scalars(select(PoolMember).where(PoolMember.user_id == (call.caller.user_id or "")))
    mine = {member.pool_id: member.is_admin for member in found}
    is_system = call.caller.may(SYSTEM_ADMIN) and call.db.scalar(select(PoolMember.pool_id).limit(1)) is not None
    for customer, row in zip(customers, rows, strict=True):
        pools = mine if customer.pool_status == PoolStatus.ORDINARY else {one: mine[one] for one in mine if one == customer.pool_id}
        allowed = pool_actions(
            customer.pool_status, customer.pool_goal, is_admin=is_system or any(pools.values()), is_member=bool(pools),
            owns=customer.owner_id == call.caller.user_id,
        )  # fmt: skip
        row["can"] = [name for name in row["can"] if name not in POOL_ACTIONS or name in allowed]


def told_of(db: Session, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The facts of some customers as their events tell them; those that do not exist are left out."""
    live = (Customer.id.in_(customer_ids), Customer.deleted_at.is_(None))
    return [customer.told().encode() | {"version": customer.version} for customer in db.scalars(select(Customer).where(*live))]
