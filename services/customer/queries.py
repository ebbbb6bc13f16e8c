"""Reads of customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from opencc import OpenCC
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, extract, func, literal, or_, select, true
from sqlalchemy.orm import Session, selectinload

from services.customer import rules
from services.customer.models import Collaborator, Contact, Customer, FollowUp, OrderFact, PoolMember, ReceiptFact
from services.customer.rules import POOL_ACTIONS, PoolStatus, pool_actions
from shared.bus import Call
from shared.caller import Caller, Rights
from shared.db import Database, MoneyType, Quick, one_of
from shared.errors import Forbidden, NotFound
from shared.people import names_of, owned_by_or_below, within_scope
from shared.resources import built_once

_SIMPLIFY = OpenCC("t2s")

SYSTEM_ADMIN = "pool:settings"
"""The permission that makes somebody the pools' system administrator."""

LOCKED = Quick(select(Customer.merged_into_id).where(Customer.id == bindparam("customer_id")).with_for_update())
CUSTOMER_OF_ORDER = Quick(select(OrderFact.customer_id).where(OrderFact.order_id == bindparam("order_id")))
_LIVE_ORDERS = and_(OrderFact.customer_id == Customer.id, OrderFact.is_live)
_NOTHING = literal(Decimal("0.00"), MoneyType())
SHOWN_OF_BUSINESS = {
    "last_order_on": select(func.max(OrderFact.order_date)).where(_LIVE_ORDERS),
    "order_total": select(func.coalesce(func.sum(OrderFact.total), _NOTHING)).where(_LIVE_ORDERS, OrderFact.is_approved),
    "received_total": select(func.coalesce(func.sum(ReceiptFact.amount), _NOTHING)).where(
        ReceiptFact.customer_id == Customer.id, ReceiptFact.is_live
    ),
}
"""What a customer shows of its business: its last live order's date, what approved orders add up to, and what live receipts do."""
SHOWN_AND_ACTUAL = select(
    *(getattr(Customer, name) for name in SHOWN_OF_BUSINESS),
    *(one.scalar_subquery() for one in SHOWN_OF_BUSINESS.values()),
).where(Customer.id == bindparam("customer_id"))
MEMBERSHIPS = Quick(select(PoolMember.pool_id, PoolMember.is_admin).where(PoolMember.user_id == bindparam("user_id")))
READS_ANY = Quick(
    select(Collaborator.customer_id).where(Collaborator.user_id == bindparam("user_id"), Collaborator.access == "read").limit(1)
)
HELD = Quick(
    select(Customer.id).where(
        Customer.id == bindparam("customer_id"), Customer.owner_id == bindparam("user_id"), Customer.deleted_at.is_(None),
        Customer.pool_status != PoolStatus.UNASSIGNED.value,
    )
)  # fmt: skip
"""A customer that is somebody's own now; whoever has it need not ask the pool."""
ANY_POOL = Quick(select(PoolMember.pool_id).limit(1))


@built_once
def customers_in_scope(rights: Rights, module: str = "customers") -> ColumnElement[bool]:
    """Ordinary customers as the scope says. Unassigned ones are for the members of their pool, an assigned one for its owner and
    those above the owner; a pool's administrators see all its customers, and who may see all customers or set up pools sees all.
    Whoever a customer was shared with sees it too.
    """  # fmt: skip
    if rights.may(SYSTEM_ADMIN) or rights.scope("customers") == "all":
        return true()
    me = rights.user_id or ""
    # Pools are few: their ids are found once, not looked up for each customer. An ordinary customer is in no pool.
    mine = select(PoolMember.pool_id).where(PoolMember.user_id == me)
    return or_(
        and_(Customer.pool_status == PoolStatus.ORDINARY.value, within_scope(Customer.owner_id, rights, "customers")),
        and_(Customer.pool_status == PoolStatus.UNASSIGNED.value, one_of(Customer.pool_id, mine)),
        and_(Customer.pool_status == PoolStatus.ASSIGNED.value, owned_by_or_below(Customer.owner_id, rights, "customers")),
        one_of(Customer.pool_id, mine.where(PoolMember.is_admin)),
        one_of(Customer.id, select(Collaborator.customer_id).where(Collaborator.user_id == me)),
    )


def check_write(db: Session, caller: Caller, customer: Customer) -> None:
    """Raise Forbidden for a customer one sees and may not change: shared with one to read only, or waiting in a pool for who claims it."""
    if customer.id in _read_only_ids(db, caller, [customer]):
        raise Forbidden("shared_to_read")
    if customer.id in _unclaimed_ids(db, caller, [customer]):
        raise Forbidden("claim_first")


def show_customers(call: Call, records: list[Customer], rows: list[dict[str, Any]]) -> None:
    """Leave in each row's `can` what its pool lets the caller do, and nothing where it was shared to read only; a few queries for all rows."""
    _keep_pool_actions(call, records, rows)
    read_only, unclaimed = _read_only_ids(call.db, call.caller, records), _unclaimed_ids(call.db, call.caller, records)
    for record, row in zip(records, rows, strict=True):
        if record.id in read_only:
            row["can"] = []
        elif record.id in unclaimed:
            row["can"] = [name for name in row["can"] if name in POOL_ACTIONS]


def _unclaimed_ids(db: Session, caller: Caller, customers: Sequence[Customer]) -> set[str]:
    """Those of some customers that wait in a pool the caller does not administer; whoever works on one with its owner's word still may."""
    free = {customer.id: customer.pool_id for customer in customers if customer.pool_status == PoolStatus.UNASSIGNED}
    if not free or caller.may(SYSTEM_ADMIN) or caller.scope("customers") == "all":
        return set()
    ruled = {pool_id for pool_id, is_admin in MEMBERSHIPS.rows(db, user_id=caller.user_id or "") if is_admin}
    mine = (Collaborator.customer_id.in_(free), Collaborator.user_id == caller.user_id, Collaborator.access == "write")
    shared = set(db.scalars(select(Collaborator.customer_id).where(*mine)))
    return {customer_id for customer_id, pool_id in free.items() if pool_id not in ruled} - shared


def _read_only_ids(db: Session, caller: Caller, customers: Sequence[Customer]) -> set[str]:
    others = [customer.id for customer in customers if customer.owner_id != caller.user_id]
    if not others or caller.scope("customers") == "all":
        return set()
    if READS_ANY.first(db, user_id=caller.user_id or "") is None:
        return set()
    return set(db.scalars(_read_only(caller.rights), {"others": others}))


@built_once
def _read_only(rights: Rights) -> Select[str]:
    owned = select(Customer.id).where(Customer.id == Collaborator.customer_id, within_scope(Customer.owner_id, rights, "customers"))
    return select(Collaborator.customer_id).where(
        Collaborator.customer_id.in_(bindparam("others", expanding=True)), Collaborator.user_id == (rights.user_id or ""),
        Collaborator.access == "read", ~owned.exists(),
    )  # fmt: skip


def merged_into(db: Session, customer_id: str) -> str:
    """The id a customer is found by now: its own, or that of the one it was merged into."""
    target = db.scalar(select(Customer.merged_into_id).where(Customer.id == customer_id))
    return merged_into(db, target) if target else customer_id


def under_any_id(db: Session, customer_id: str, look: Callable[[str], Customer]) -> Customer:
    """What `look` finds under an id; where it finds nothing, under that of the customer it was merged into. Raises NotFound."""
    try:
        return look(customer_id)
    except NotFound:
        target = merged_into(db, customer_id)
        if target == customer_id:
            raise
        return look(target)


def match_key(name: str) -> str:
    """What makes names of the same company look alike, Traditional and Simplified characters included."""
    return rules.match_key(_SIMPLIFY.convert(name))


def duplicates(call: Call, name: str, phone: str) -> list[dict[str, Any]]:
    """Customers that look like the one about to be saved, by name or by a phone number of theirs or their contacts'."""
    key, number = match_key(name), rules.phone_key(phone)
    alike = _alike(key)
    same_number = [Customer.phone_key == number, Customer.id.in_(_customers_of_phone(number))] if number else []
    if not alike and not same_number:
        return []
    found = call.db.scalars(
        select(Customer)
        .where(Customer.deleted_at.is_(None), or_(*alike, *same_number))
        .order_by(Customer.match_key != key, Customer.name)
        .limit(20)
    ).all()
    seen = set(
        call.db.scalars(select(Customer.id).where(Customer.id.in_([one.id for one in found]), customers_in_scope(call.caller.rights)))
    )
    owners = names_of(call.db, (one.owner_id for one in found))
    numbers = set(call.db.scalars(_customers_of_phone(number))) if number else set()
    return [
        {
            "id": one.id if one.id in seen else None, "name": one.name if one.id in seen else rules.masked(one.name),
            "owner_name": owners.get(one.owner_id or ""), "pool_status": one.pool_status, "visible": one.id in seen,
            "matched": [
                *(["name"] if key and (one.match_key.startswith(key) or key.startswith(one.match_key)) else []),
                *(["phone"] if number and (one.phone_key == number or one.id in numbers) else []),
            ],
        }
        for one in found
    ]  # fmt: skip


def org_chart(db: Session, customer_id: str) -> list[Contact]:
    """A customer's contacts, superiors before those who report to them."""
    live = (
        select(Contact)
        .where(Contact.customer_id == customer_id, Contact.deleted_at.is_(None))
        .order_by(Contact.is_primary.desc(), Contact.name)
    )
    contacts = db.scalars(live).all()
    below: dict[str | None, list[Contact]] = {}
    known = {contact.id for contact in contacts}
    for contact in contacts:
        below.setdefault(contact.reports_to_id if contact.reports_to_id in known else None, []).append(contact)
    ordered, waiting = [], list(below.get(None, []))
    while waiting:
        ordered.append(waiting.pop(0))
        waiting[:0] = below.get(ordered[-1].id, [])
    # Two people at once may have made a ring; who is in it is somebody all the same.
    return ordered + [contact for contact in contacts if contact not in ordered]


def birthday_contacts(db: Session, day: date, *, limit: int) -> Sequence[Contact]:
    """Contacts whose birthday it is and nobody was told this year, locked; those another replica holds are left to it."""
    born = or_(
        *(
            and_(extract("month", Contact.birthday) == month, extract("day", Contact.birthday) == number)
            for month, number in rules.birthdays_on(day)
        )
    )
    untold = or_(Contact.birthday_told_on.is_(None), Contact.birthday_told_on < day)
    query = select(Contact).where(Contact.birthday.is_not(None), born, untold, Contact.deleted_at.is_(None), Contact.owner_id.is_not(None))
    return db.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def related_of(db: Session, customer_id: str, owner_id: str | None) -> Sequence[Any]:
    """A customer's contacts that belong to somebody, locked."""
    mine = (Contact.customer_id == customer_id, Contact.owner_id == owner_id, Contact.deleted_at.is_(None))
    return db.scalars(select(Contact).where(*mine).with_for_update()).all()


def children_of(db: Session, customer_id: str) -> list[Any]:
    """Everything that hangs on a customer, locked, that in the recycle bin too."""
    return [
        child for kind in (Contact, FollowUp) for child in db.scalars(select(kind).where(kind.customer_id == customer_id).with_for_update())
    ]


def _alike(key: str) -> list[ColumnElement[bool]]:
    """Equal keys; from four characters on also where one begins with the other."""
    if len(key) < 2:
        return []
    beginnings = [key[:length] for length in range(4, len(key) + 1)] or [key]
    longer = [and_(Customer.match_key >= key, Customer.match_key < key + "\U0010ffff")] if len(key) >= 4 else []
    return [Customer.match_key.in_([*beginnings, key]), *longer]


def _customers_of_phone(number: str | None) -> Select[str]:
    same = or_(Contact.mobile_key == number, Contact.phone_key == number)
    return select(Contact.customer_id).where(same, Contact.deleted_at.is_(None))


def may_be_behind(database: Database, caller: Caller, customer_id: str) -> bool:
    """Whether a customer that is unassigned or out of the caller's sight may have been claimed without our having heard."""
    held = database.look(HELD, customer_id=customer_id, user_id=caller.user_id or "")
    standing = None if held else database.look(_standing(caller.rights), customer_id=customer_id)
    if standing is None:
        return False
    pool_status, is_seen = standing
    return pool_status == PoolStatus.UNASSIGNED or not is_seen


@built_once
def _standing(rights: Rights) -> Quick:
    # One statement decides: between two, news from the pool may come in.
    seen = case((customers_in_scope(rights), 1), else_=0)
    return Quick(select(Customer.pool_status, seen).where(Customer.id == bindparam("customer_id"), Customer.deleted_at.is_(None)))


def contacts_in_scope(rights: Rights, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its contacts."""
    return Contact.customer_id.in_(_visible_ids(rights))


def follow_ups_in_scope(rights: Rights, module: str) -> ColumnElement[bool]:
    """Who sees a customer sees its follow-ups."""
    return FollowUp.customer_id.in_(_visible_ids(rights))


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


def locked_id(db: Session, customer_id: str) -> str:
    """The id of a customer, now locked; where it was merged into another, that one's; of one not heard of yet the same."""
    merged_into = LOCKED.first(db, customer_id=customer_id)
    return locked_id(db, merged_into[0]) if merged_into and merged_into[0] else customer_id


def changed_figures(db: Session, customer_id: str) -> dict[str, tuple[Any, Any]]:
    """Which of the figures of its business a customer shows otherwise than they are: {field: (shown, actual)}."""
    found = db.execute(SHOWN_AND_ACTUAL, {"customer_id": customer_id}).one_or_none()
    if found is None:
        return {}
    pairs = zip(SHOWN_OF_BUSINESS, found[: len(SHOWN_OF_BUSINESS)], found[len(SHOWN_OF_BUSINESS) :], strict=True)
    return {name: (shown, actual) for name, shown, actual in pairs if shown != actual}


def with_business(db: Session, customer_ids: Sequence[str]) -> set[str]:
    """Those of some customers on whom orders or receipts depend."""
    found: set[str] = set()
    for fact in cast(tuple[Any, ...], (OrderFact, ReceiptFact)):
        found.update(db.scalars(select(fact.customer_id).where(fact.customer_id.in_(customer_ids), fact.is_live).distinct()))
    return found


def add_customer_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, in one query."""
    ids = {record.customer_id for record in records}
    found = call.db.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids))) if ids else ()
    names = {customer_id: name for customer_id, name in found}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])


@built_once
def _visible_ids(rights: Rights) -> Any:
    return select(Customer.id).where(Customer.deleted_at.is_(None), customers_in_scope(rights))


def _keep_pool_actions(call: Call, customers: list[Customer], rows: list[dict[str, Any]]) -> None:
    mine = {pool_id: bool(is_admin) for pool_id, is_admin in MEMBERSHIPS.rows(call.db, user_id=call.caller.user_id or "")}
    is_system = call.caller.may(SYSTEM_ADMIN) and ANY_POOL.first(call.db) is not None
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
    found = db.scalars(select(Customer).where(*live).options(selectinload(Customer.collaborators)))
    return [customer.told().encode() | {"version": customer.version} for customer in found]
