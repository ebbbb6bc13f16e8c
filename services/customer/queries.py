"""Reads of customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from services.customer.models import Contact, Customer, FollowUp, OrderFact, PoolMember, ReceiptFact
from services.customer.rules import PoolStatus
from shared.bus import Call
from shared.caller import Caller
from shared.errors import NotFound
from shared.people import within_scope


def customers_in_scope(db: Session, caller: Caller, module: str = "customers") -> ColumnElement[bool]:
    """Own and subordinates' customers as the scope says; pool members see the unassigned, pool administrators every pool customer."""
    member = select(PoolMember.user_id).where(PoolMember.user_id == (caller.user_id or ""))
    of_pool = or_(
        and_(Customer.pool_status == PoolStatus.UNASSIGNED.value, member.exists()),
        and_(Customer.pool_status != PoolStatus.ORDINARY.value, member.where(PoolMember.is_admin).exists()),
    )
    return or_(within_scope(Customer.owner_id, caller, "customers"), of_pool)


def contacts_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its contacts."""
    return Contact.customer_id.in_(_visible_ids(db, caller))


def follow_ups_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its follow-ups."""
    return FollowUp.customer_id.in_(_visible_ids(db, caller))


def newest_follow_ups(db: Session, customer_id: str) -> Sequence[FollowUp]:
    """A customer's newest live follow-up, and the newest that names a next visit."""
    mine = (FollowUp.customer_id == customer_id, FollowUp.deleted_at.is_(None))
    newest = select(FollowUp).where(*mine).order_by(FollowUp.contacted_at.desc(), FollowUp.id.desc()).limit(1)
    return [*db.scalars(newest), *db.scalars(newest.where(FollowUp.next_visit_on.is_not(None)))]


def contact_of(contact: Contact, customer_id: str) -> Contact:
    """The contact, if it belongs to this customer. Raises NotFound."""
    if contact.customer_id != customer_id:
        raise NotFound()
    return contact


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
