"""Writes of customer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.customer import queries, rules
from services.customer.models import Collaborator, Contact, Customer, FollowUp, OrderFact, PoolMember, ReceiptFact
from shared import trail
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.customer import BusinessHandedOver, CustomerGivenUp, FollowUpCreated, FollowUpUpdated
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.identity import UserHandedOver
from shared.contracts.pool import CustomerClaimed, PoolDisabled, PoolEvent, PoolSettingsChanged
from shared.contracts.sales import OrderEvent, OrderUpdated
from shared.db import find, keep_newest, lock
from shared.errors import Conflict, Invalid, NotFound
from shared.people import find_person, learn_person
from shared.resources.attachments import move_attachments

BIRTHDAYS_PER_RUN = 500


def create_customer(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Customer:
    """Add a customer."""
    collaborators = data.pop("collaborators", [])
    customer = Customer(**data)
    _set_keys(customer)
    _set_collaborators(db, customer, collaborators)
    _check_parent(db, customer, caller)
    db.add(customer)
    return customer


def update_customer(db: Session, *, record: Customer, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a customer; a new owner is told to the pool."""
    if "owner_id" in changes and (owner_id := changes.pop("owner_id")) != record.owner_id:
        publish(db, record.hand_over(owner_id))
    if "collaborators" in changes:
        _set_collaborators(db, record, changes.pop("collaborators"))
        record.updated_at = now
    for name, value in changes.items():
        setattr(record, name, value)
    if changes.keys() & {"name", "phone"}:
        _set_keys(record)
    if "parent_id" in changes:
        _check_parent(db, record, caller)


def delete_customer(db: Session, *, record: Customer, caller: Caller, now: datetime) -> None:
    """Delete a customer nobody depends on. Raises Conflict."""
    if queries.with_business(db, [record.id]):
        raise Conflict("has_orders")
    record.deleted_at = now


def learn_business(call: Call, customer_ids: list[str]) -> None:
    """Before deleting customers: ask sales and finance about orders and receipts of theirs not heard of yet."""
    with call.transaction(read=True) as db:
        busy = queries.with_business(db, customer_ids)
    free = [one for one in customer_ids if one not in busy]
    if not free:
        return
    orders = _asked(call, "sales.vouch_for_orders_of", free)
    receipts = _asked(call, "finance.vouch_for_receipts_of", free)
    if orders or receipts:
        with call.transaction() as db:
            for order in orders:
                book_order(db, OrderUpdated.decode(order), is_live=True)
            for receipt in receipts:
                book_receipt(db, ReceiptRecorded.decode(receipt), is_live=True)


def restore_customer(db: Session, *, record: Customer, caller: Caller, now: datetime) -> None:
    """Take a customer out of the recycle bin; one that was merged into another stays. Raises Conflict."""
    if not record.is_restorable:
        raise Conflict("was_merged")
    record.deleted_at = None


def purge_customer(db: Session, *, record: Customer, caller: Caller, now: datetime) -> None:
    """Delete a customer for good, with its contacts and follow-ups. What else depends on it stops this."""
    for model in cast(tuple[Any, ...], (FollowUp, Contact)):
        parts = db.scalars(select(model).where(model.customer_id == record.id)).all()
        publish(db, *(part.gone() for part in parts if part.deleted_at is None))
        for contact in (part for part in parts if isinstance(part, Contact)):
            contact.reports_to_id = None
        db.flush()
        for part in parts:
            db.delete(part)
        db.flush()
    db.delete(record)


def transfer_customer(db: Session, *, customer: Customer, owner_id: str, with_related: bool) -> None:
    """Give a customer to somebody else; with related, contacts and open tickets of the old owner go along, and others hear of it."""
    before = customer.owner_id
    publish(db, customer.hand_over(owner_id))
    if with_related:
        publish(db, BusinessHandedOver(customer_id=customer.id, from_owner_id=before, owner_id=owner_id))
        related = queries.related_of(db, customer.id, before)
        for record in related:
            record.owner_id = owner_id
        _tell_of_contacts(db, related)
    publish(db, customer.told())


def give_up_customers(db: Session, event: UserHandedOver) -> None:
    """Tell the pool of each customer it is to take: told by who owns the list, it hears of none later than of the hand-over."""
    if event.to_pool:
        held = select(Customer.id, Customer.version).where(Customer.owner_id == event.user_id, Customer.deleted_at.is_(None))
        given_up = [CustomerGivenUp(customer_id=one, owner_id=event.user_id, version=version) for one, version in db.execute(held)]
        publish(db, *given_up)


def merge_customers(call: Call, *, customer: Customer, other: Customer) -> Customer:
    """Merge another customer into this one: its children move, it is found here from now on. Raises Conflict."""
    publish(call.db, customer.absorb(other, at=call.now))
    children = queries.children_of(call.db, other.id)
    for child in children:
        child.customer_id = customer.id
    _tell_of_contacts(call.db, children)
    move_attachments(call.db, other, customer)
    for facts in (OrderFact, ReceiptFact):
        call.db.execute(update(facts).where(facts.customer_id == other.id).values(customer_id=customer.id))
    for one in (other, customer):
        _show_latest(call.db, one)
        _show_figures(call.db, one.id)
    publish(call.db, customer.told())
    return customer


def learn_collaborators(call: Call, data: dict[str, Any]) -> None:
    """Know the people who are to work on a customer."""
    for one in data.get("collaborators", []):
        learn_person(call, one["user_id"])


def create_contact(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Contact:
    """Add a contact to a customer the caller sees."""
    visible_customer(db, caller, data["customer_id"])
    contact = Contact(**data)
    _set_phone_keys(contact)
    _check_superior(db, contact)
    db.add(contact)
    return contact


def update_contact(db: Session, *, record: Contact, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a contact. Who goes to another customer leaves superior and subordinates behind."""
    if "customer_id" in changes:
        visible_customer(db, caller, changes["customer_id"])
    if changes.get("customer_id", record.customer_id) != record.customer_id:
        changes.setdefault("reports_to_id", None)
        for contact in db.scalars(select(Contact).where(Contact.reports_to_id == record.id)):
            contact.reports_to_id = None
    for name, value in changes.items():
        setattr(record, name, value)
    _set_phone_keys(record)
    if "reports_to_id" in changes:
        _check_superior(db, record)


def tell_birthdays(call: Call) -> None:
    """Tell of the contacts whose birthday it is, each once a year."""
    for contact in queries.birthday_contacts(call.db, call.today, limit=BIRTHDAYS_PER_RUN):
        publish(call.db, contact.celebrate(on=call.today))


def create_follow_up(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> FollowUp:
    """Note a contact with a customer; the customer shows it in the same transaction."""
    customer = visible_customer(db, caller, data["customer_id"])
    follow_up = FollowUp(**{"contacted_at": now, **data})
    check_contact(db, follow_up.customer_id, follow_up.contact_id)
    db.add(follow_up)
    _show_latest(db, customer)
    publish(db, follow_up.told(FollowUpCreated, customer))
    return follow_up


def update_follow_up(db: Session, *, record: FollowUp, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Correct a follow-up."""
    if changes.get("customer_id", record.customer_id) != record.customer_id:
        raise Invalid.field("customer_id", "cannot_move")
    for name, value in changes.items():
        setattr(record, name, value)
    check_contact(db, record.customer_id, record.contact_id)
    customer = lock(db, Customer, record.customer_id)
    _show_latest(db, customer)
    publish(db, record.told(FollowUpUpdated, customer))


def delete_follow_up(db: Session, *, record: FollowUp, caller: Caller, now: datetime) -> None:
    """Remove a follow-up; the customer shows the one before."""
    record.deleted_at = now
    _show_latest(db, lock(db, Customer, record.customer_id))
    publish(db, record.gone())


def restore_follow_up(db: Session, *, record: FollowUp, caller: Caller, now: datetime) -> None:
    """Take a follow-up out of the recycle bin; the customer shows it again."""
    record.deleted_at = None
    customer = lock(db, Customer, record.customer_id)
    _show_latest(db, customer)
    publish(db, record.told(FollowUpUpdated, customer))


def follow_pool(db: Session, event: PoolEvent) -> None:
    """Take over what the pool did with a customer; of one that was merged it says nothing of the other."""
    customer = db.get(Customer, event.customer_id, with_for_update=True)
    if customer and customer.follow_pool(event) and customer.deleted_at is None:
        publish(db, customer.told())


def keep_members(db: Session, event: PoolSettingsChanged) -> None:
    """Keep who works with a pool; nobody where it is off."""
    forget_members(db, event.pool_id)
    people = dict.fromkeys(event.user_ids, False) | dict.fromkeys(event.admin_ids, True)
    db.add_all(
        PoolMember(pool_id=event.pool_id, user_id=user_id, is_admin=is_admin) for user_id, is_admin in people.items() if event.enabled
    )


def forget_members(db: Session, pool_id: str) -> None:
    """Forget who worked with a pool."""
    db.execute(delete(PoolMember).where(PoolMember.pool_id == pool_id))


def leave_pool(db: Session, event: PoolDisabled, now: datetime) -> None:
    """A pool is off: each of its customers is an ordinary one, at once. The pool's word on each follows."""
    ordinary = {"pool_status": rules.PoolStatus.ORDINARY.value, "pool_id": None, "protected_until": None, "pool_goal": "none"}
    inside = update(Customer).where(Customer.pool_id == event.pool_id, Customer.pool_status != rules.PoolStatus.ORDINARY.value)
    changed = {**ordinary, "version": Customer.version + 1, "updated_at": now}
    db.execute(inside.values(changed), execution_options={"synchronize_session": False})


def book_order(db: Session, event: OrderEvent, *, is_live: bool) -> None:
    """Keep an order's facts and show what they add up to; older news is ignored."""
    customer_id = queries.locked_id(db, event.customer_id)
    before = queries.CUSTOMER_OF_ORDER.first(db, order_id=event.order_id)
    is_live = is_live and event.status != rules.VOIDED
    is_news = keep_newest(
        db, OrderFact, order_id=event.order_id, customer_id=customer_id, order_date=event.order_date, total=event.total,
        is_live=is_live, is_approved=is_live and event.status in rules.SOLD, owner_id=event.owner_id, version=event.version,
    )  # fmt: skip
    if is_news:
        _show_figures(db, customer_id)
        if before and before[0] != customer_id:
            _show_figures(db, queries.locked_id(db, before[0]))


def book_receipt(db: Session, event: ReceiptRecorded, *, is_live: bool) -> None:
    """Keep a receipt's facts and show what they add up to."""
    customer_id = queries.locked_id(db, event.customer_id)
    db.merge(ReceiptFact(receipt_id=event.receipt_id, customer_id=customer_id, amount=event.amount, is_live=is_live))
    db.flush()
    _show_figures(db, customer_id)


def ask_pool(call: Call, data: dict[str, Any]) -> None:
    """Before answering "not found" or "unassigned": it may have been claimed a moment ago, and the pool knows first."""
    customer_id = data.get("customer_id") or data["id"]
    if not queries.may_be_behind(call.database, call.caller, customer_id):
        return
    try:
        told = call.ask("pool.vouch_for_entry", customer_id=customer_id)
    except NotFound:
        return
    with call.transaction() as db:
        follow_pool(db, CustomerClaimed.decode(told))


def _asked(call: Call, method: str, customer_ids: list[str]) -> Any:
    try:
        return call.ask(method, customer_ids=customer_ids)
    except NotFound:
        return []


def visible_customer(db: Session, caller: Caller, customer_id: str) -> Customer:
    """The customer a record is to belong to, locked. Raises Invalid when it does not exist for the caller."""
    seen = select(Customer).where(Customer.id == customer_id, Customer.deleted_at.is_(None), queries.customers_in_scope(caller.rights))
    customer = db.scalars(seen.with_for_update()).one_or_none()
    if customer is None:
        raise Invalid.field("customer_id", "not_found")
    return customer


def _tell_of_contacts(db: Session, records: Iterable[Any]) -> None:
    publish(db, *(record.told() for record in records if isinstance(record, Contact) and record.deleted_at is None))


def _show_figures(db: Session, customer_id: str) -> None:
    if figures := queries.changed_figures(db, customer_id):
        trail.change(db, Customer, customer_id, figures)


def _show_latest(db: Session, customer: Customer) -> None:
    db.flush()
    progress, contacted, visit = rules.latest(queries.newest_follow_ups(db, customer.id))
    customer.latest_progress, customer.last_contacted_at, customer.next_visit_on = progress, contacted, visit


def _set_keys(customer: Customer) -> None:
    customer.name_key = rules.name_key(customer.name)
    if not customer.name_key:
        raise Invalid.field("name", "name_without_letters")
    customer.match_key, customer.phone_key = queries.match_key(customer.name), rules.phone_key(customer.phone)


def _set_phone_keys(contact: Contact) -> None:
    contact.mobile_key, contact.phone_key = rules.phone_key(contact.mobile), rules.phone_key(contact.phone)


def _set_collaborators(db: Session, customer: Customer, wanted: list[dict[str, str]]) -> None:
    for index, one in enumerate(wanted):
        if find_person(db, one["user_id"]) is None:
            raise Invalid.field(f"collaborators.{index}.user_id", "unknown_user")
    access = {one["user_id"]: one["access"] for one in wanted}
    customer.collaborators = [Collaborator(user_id=user_id, access=level) for user_id, level in access.items()]


def _check_parent(db: Session, customer: Customer, caller: Caller) -> None:
    with db.no_autoflush:
        above, seen = customer.parent_id, {customer.id}
        seen_by_caller = select(Customer.id).where(
            Customer.id == above, Customer.deleted_at.is_(None), queries.customers_in_scope(caller.rights)
        )
        if above and db.scalar(seen_by_caller) is None:
            raise Invalid.field("parent_id", "not_found")
        while above:
            if above in seen:
                raise Invalid.field("parent_id", "parent_cycle")
            seen.add(above)
            above = db.scalar(select(Customer.parent_id).where(Customer.id == above))


def _check_superior(db: Session, contact: Contact) -> None:
    with db.no_autoflush:
        superior = find(db, Contact, contact.reports_to_id) if contact.reports_to_id else None
        if contact.reports_to_id and (superior is None or superior.customer_id != contact.customer_id):
            raise Invalid.field("reports_to_id", "not_found")
        seen: set[str] = set()
        while superior and superior.id not in seen:
            if superior is contact:
                raise Invalid.field("reports_to_id", "superior_cycle")
            seen.add(superior.id)
            superior = db.get(Contact, superior.reports_to_id) if superior.reports_to_id else None


def check_contact(db: Session, customer_id: str, contact_id: str | None) -> None:
    """Raise Invalid when the contact is not one of the customer's."""
    with db.no_autoflush:
        contact = find(db, Contact, contact_id) if contact_id else None
        if contact_id and (contact is None or contact.customer_id != customer_id):
            raise Invalid.field("contact_id", "not_found")
