"""What quotes and orders share: the copy of customers, and pricing their lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.sales import rules
from services.sales.models import CustomerCopy, Document, Line
from services.sales.price_lists.queries import Tiers, check_choice, tiers_of
from services.sales.products.models import Product
from services.sales.products.queries import products_for
from shared.bus import Call
from shared.caller import Caller
from shared.contracts.customer import CustomerCreated, CustomerDeleted, CustomerMerged, CustomerUpdated
from shared.db import Quick, keep_newest
from shared.errors import Conflict, Invalid, NotFound
from shared.people import in_scope

L = TypeVar("L", bound=Line)

OWNER = Quick(select(CustomerCopy.owner_id).where(CustomerCopy.id == bindparam("customer_id"), ~CustomerCopy.is_deleted))


def keep_customer(db: Session, event: CustomerCreated) -> None:
    """Keep a customer's facts; older news is ignored."""
    keep_newest(db, CustomerCopy, id=event.customer_id, name=event.name, owner_id=event.owner_id, version=event.version, is_deleted=False)


def forget_customer(db: Session, event: CustomerDeleted) -> None:
    """A deleted customer gets no new documents, unless newer news has it restored."""
    copy = db.get(CustomerCopy, event.customer_id)
    if copy is not None and event.version > copy.version:
        copy.is_deleted, copy.version = True, event.version


def move_documents(db: Session, kinds: Sequence[type[Any]], event: CustomerMerged) -> None:
    """Two customers became one: the documents of the one are the other's."""
    for kind in kinds:
        for document in db.scalars(select(kind).where(kind.customer_id == event.from_id).with_for_update()):
            document.customer_id = event.customer_id
    copy = db.get(CustomerCopy, event.from_id)
    if copy is not None:
        copy.is_deleted = True


def learn_customer(call: Call, data: dict[str, Any]) -> None:
    """After a refusal: ask customer about one we have not heard of, or only with an owner the caller does not see."""
    customer_id = data.get("customer_id")
    if customer_id is None:
        return
    with call.transaction(read=True) as db:
        if _is_seen(db, customer_id, call.caller):
            return
    try:
        told = call.ask("customer.vouch_for_customer", customer_id=customer_id)
    except NotFound:
        return
    with call.transaction() as db:
        keep_customer(db, CustomerUpdated.decode(told))


def check_customer(db: Session, caller: Caller, customer_id: str) -> None:
    """Raise Invalid when the customer does not exist for the caller."""
    if not _is_seen(db, customer_id, caller):
        raise Invalid.field("customer_id", "not_found")


def check_not_deleted(db: Session, customer_id: str) -> None:
    """Raise Conflict while a document's customer is in the recycle bin, or when it is gone for good."""
    copy = db.get(CustomerCopy, customer_id)
    if copy is not None and copy.is_deleted:
        raise Conflict("customer_is_deleted")


def check_contact(call: Call, data: dict[str, Any], kind: type[Any]) -> None:
    """Before writing: the contact named must be one of the document's customer. Raises Invalid."""
    contact_id = data.get("contact_id")
    if contact_id is None:
        return
    customer_id = data.get("customer_id")
    if customer_id is None:
        with call.transaction(read=True) as db:
            customer_id = db.scalar(select(kind.customer_id).where(kind.id == data["id"]))
    try:
        call.ask("customer.vouch_for_contact", contact_id=contact_id, customer_id=customer_id)
    except NotFound:
        raise Invalid.field("contact_id", "not_found") from None


def write_document(db: Session, document: Document, kind: type[L], data: dict[str, Any], *, caller: Caller, day: date) -> None:
    """Put values and lines into a new or old document of a day, and add it up.

    Lines given replace the old ones; a product that stands on the document already keeps its price unless one is given.
    Choosing another price list reprices. Totals the client sent must agree. Raises Invalid naming the field.
    """
    lines, total, before = data.pop("lines", None), data.pop("total", None), document.price_list_id
    if data.get("customer_id", document.customer_id) != document.customer_id:
        data.setdefault("contact_id", None)
    for name, value in data.items():
        setattr(document, name, value)
    chosen = document.price_list_id != before
    with db.no_autoflush:
        if chosen and document.price_list_id:
            check_choice(db, caller, document.price_list_id, day)
        if lines is not None:
            _write_lines(db, document, kind, lines, caller=caller, keeps_prices=not chosen)
        elif chosen:
            reprice(db, document)
    add_up(document)
    if total is not None and total != document.total:
        raise Invalid.field("total", "total_differs", computed=f"{document.total:.2f}")


def apply_price_list(call: Call, document: Document, price_list_id: str, *, day: date) -> None:
    """Reprice the lines that have an item in a list; the others keep their price, and say so in `in_price_list`. Raises Invalid."""
    check_choice(call.db, call.caller, price_list_id, day)
    document.price_list_id = price_list_id
    with call.db.no_autoflush:
        reprice(call.db, document)
    add_up(document)


def reprice(db: Session, document: Document) -> None:
    """Give each line the price that the document's price list has for it."""
    tiers = tiers_of(db, document.price_list_id) if document.price_list_id else {}
    for line in document.lines:
        price = rules.tier_price(tiers.get(line.product_id, ()), line.quantity)
        line.in_price_list = (price is not None) if document.price_list_id else None
        if price is not None:
            line.unit_price, line.total = price, rules.line_total(line.quantity, price, line.discount)


def add_up(document: Document) -> None:
    """Set the document's total from its lines. Raises Invalid when the discount eats more than there is, or it is too large."""
    document.total = rules.document_total((line.total for line in document.lines), document.discount or Decimal(0))
    if document.total < 0:
        raise Invalid.field("discount", "discount_exceeds_total")
    if document.total > rules.MAX_TOTAL:
        raise Invalid.field("lines", "number_too_large")


def copy_lines(lines: Sequence[Line], kind: type[L]) -> list[L]:
    """The same lines for another document, prices and cost included."""
    kept = (
        "position",
        "product_id",
        "product_code",
        "product_name",
        "quantity",
        "unit_price",
        "discount",
        "tax_rate",
        "total",
        "cost",
        "in_price_list",
        "note",
    )
    return [kind(**{name: getattr(line, name) for name in kept}) for line in lines]


def _is_seen(db: Session, customer_id: str, caller: Caller) -> bool:
    known = OWNER.first(db, customer_id=customer_id)
    return known is not None and in_scope(db, known[0], caller, "customers")


def _write_lines(
    db: Session, document: Document, kind: type[L], wanted: list[dict[str, Any]], *, caller: Caller, keeps_prices: bool
) -> None:
    old = {line.product_id: line for line in document.lines}
    products = _products(db, wanted, caller=caller, kept=old.keys())
    tiers = tiers_of(db, document.price_list_id) if document.price_list_id else None
    saved = {product_id: line.unit_price for product_id, line in old.items()} if keeps_prices else {}
    document.lines = [
        _line(kind, index, one, products[one["product_id"]], tiers=tiers, saved=saved.get(one["product_id"]))
        for index, one in enumerate(wanted)
    ]


def _products(db: Session, wanted: list[dict[str, Any]], *, caller: Caller, kept: Collection[str]) -> dict[str, Product]:
    found = products_for(db, caller, {one["product_id"] for one in wanted}, kept=kept)
    for index, one in enumerate(wanted):
        product = found.get(one["product_id"])
        if product is None:
            raise Invalid.field(f"lines.{index}.product_id", "not_found")
        if not product.is_active and product.id not in kept:
            raise Invalid.field(f"lines.{index}.product_id", "product_inactive", product=product.code)
    return found


def _line(kind: type[L], index: int, wanted: dict[str, Any], product: Product, *, tiers: Tiers | None, saved: Decimal | None) -> L:
    quantity, discount = wanted["quantity"], wanted.get("discount", Decimal("0.00"))
    listed = None if tiers is None else rules.tier_price(tiers.get(product.id, ()), quantity)
    prices = (wanted.get("unit_price"), saved, listed, product.list_price)
    unit_price = next(price for price in prices if price is not None)
    total = _checked_total(index, wanted, rules.line_total(quantity, unit_price, discount))
    written: Any = kind
    line: L = written(
        position=index, product_id=product.id, product_code=product.code, product_name=product.name, quantity=quantity,
        unit_price=unit_price, discount=discount, tax_rate=wanted.get("tax_rate", product.tax_rate), total=total,
        cost=rules.line_cost(quantity, product.cost), note=wanted.get("note"),
        in_price_list=None if tiers is None else listed is not None,
    )  # fmt: skip
    return line


def _checked_total(index: int, wanted: dict[str, Any], total: Decimal) -> Decimal:
    if total > rules.MAX_TOTAL:
        raise Invalid.field(f"lines.{index}.quantity", "number_too_large")
    if wanted.get("total", total) != total:
        raise Invalid.field(f"lines.{index}.total", "total_differs", computed=f"{total:.2f}")
    return total
