"""Reads of reporting: everything is added up by the database, within the viewer's scope."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from services.reporting.models import CustomerCopy, Freshness, SaleFact
from services.reporting.rules import ZERO, margin_rate
from shared.bus import Call
from shared.caller import Caller
from shared.errors import Malformed
from shared.people import names_of, within_scope
from shared.schema import Part

GROUPS: dict[str, Any] = {"customer": SaleFact.customer_id, "product": SaleFact.product_id, "owner": SaleFact.owner_id}
COSTS = ("cost", "margin", "margin_rate")
MAX_MONTHS = 36
FIRST_YEAR, LAST_YEAR = 1900, 2200


def gross_margin(call: Call, *, by: str, months: list[str]) -> dict[str, Any]:
    """Revenue, cost and margin by customer, product or owner, with a column per month."""
    column = GROUPS[by]
    revenue, cost = func.sum(SaleFact.revenue), func.sum(SaleFact.cost)
    query = (
        select(column, SaleFact.month, revenue, cost)
        .where(SaleFact.month >= months[0], SaleFact.month <= months[-1], within_scope(SaleFact.owner_id, call.caller, "reports"))
        .group_by(column, SaleFact.month)
    )
    cells: dict[Any, dict[str, tuple[Decimal, Decimal]]] = {}
    for group, month, earned, spent in call.db.execute(query):
        cells.setdefault(group, {})[month] = (earned, spent)
    names = _names(call.db, by, set(cells))
    rows = [{"id": group, "name": names.get(group, ""), **_row(months, found)} for group, found in cells.items()]
    rows.sort(key=lambda row: (-row["revenue" if _hides_costs(call.caller) else "margin"], row["name"]))
    totals = {month: _sum(found.get(month) for found in cells.values()) for month in months}
    whole = _row(months, totals)
    return _shown(call, {"by": by, "months": months, "items": rows, "totals": whole.pop("months"), **whole, "as_of": as_of(call.db)})


def sales_detail(call: Call, *, first: date, last: date, page: int, page_size: int) -> dict[str, Any]:
    """Sold lines of a period, newest first."""
    inside = (SaleFact.order_date.between(first, last), within_scope(SaleFact.owner_id, call.caller, "reports"))
    total = call.db.scalar(select(func.count()).select_from(SaleFact).where(*inside)) or 0
    newest = select(SaleFact).where(*inside).order_by(SaleFact.order_date.desc(), SaleFact.line_id.desc())
    facts = call.db.scalars(newest.limit(page_size).offset((page - 1) * page_size)).all()
    customers = _names(call.db, "customer", {fact.customer_id for fact in facts})
    owners = names_of(call.db, (fact.owner_id for fact in facts))
    rows = [
        {name: getattr(fact, name) for name in inspect(SaleFact).column_attrs.keys()}
        | {
            "customer_name": customers.get(fact.customer_id),
            "owner_name": owners.get(fact.owner_id or ""),
            "margin": fact.revenue - fact.cost,
        }
        for fact in facts
    ]
    return _shown(call, {"items": rows, "page": page, "page_size": page_size, "total": total, "as_of": as_of(call.db)})


def as_of(db: Session) -> datetime | None:
    """When the newest news came in."""
    return db.scalar(select(Freshness.as_of))


def months_of(period: dict[str, Any], today: date) -> list[str]:
    """The months of a period: a year, from–to, or this year. Raises Malformed."""
    if period.get("year") is not None:
        return [f"{period['year']}-{month:02d}" for month in range(1, 13)]
    first = _day(period.get("from_"), "from") or today.replace(month=1, day=1)
    last = _day(period.get("to"), "to") or today
    if first > last:
        raise Malformed.parameter("to", "period_ends_before_it_starts")
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if count > MAX_MONTHS:
        raise Malformed.parameter("to", "period_too_long", max=MAX_MONTHS)
    return [f"{first.replace(day=1) + relativedelta(months=index):%Y-%m}" for index in range(count)]


def days_of(period: dict[str, Any], today: date) -> tuple[date, date]:
    """The days of a period: a year, or from–to, where a month given as its end counts whole. Raises Malformed."""
    if period.get("year") is not None:
        return date(period["year"], 1, 1), date(period["year"], 12, 31)
    first = _day(period.get("from_"), "from") or today.replace(month=1, day=1)
    last = _day(period.get("to"), "to") or today
    if period.get("to") and len(period["to"]) == 7:
        last = last + relativedelta(months=1) - timedelta(days=1)
    if first > last:
        raise Malformed.parameter("to", "period_ends_before_it_starts")
    return first, last


def _day(text: str | None, name: str) -> date | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", text):
        raise Malformed.parameter(name, "invalid_date")
    try:
        day = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError:
        raise Malformed.parameter(name, "invalid_date") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Malformed.parameter(name, "date_out_of_range")
    return day


def _hides_costs(caller: Caller) -> bool:
    """Whether the caller's roles hide what products cost, or what lines of orders do."""
    hidden = {(module, name) for module, rights in caller.field_rights.items() for name, right in rights.items() if right == "hidden"}
    return not hidden.isdisjoint({("products", "cost"), ("orders", "lines.cost")})


def _shown(call: Call, report: dict[str, Any]) -> dict[str, Any]:
    """A report as its reader may see it: where costs are hidden so are margins, which tell them."""
    shown: dict[str, Any] = _without_costs(report) if _hides_costs(call.caller) else report
    return shown


def _without_costs(figures: Any) -> Any:
    if isinstance(figures, list):
        return [_without_costs(one) for one in figures]
    return Part((name, _without_costs(one)) for name, one in figures.items() if name not in COSTS) if isinstance(figures, dict) else figures


def _names(db: Session, by: str, ids: set[Any]) -> dict[Any, str]:
    if by == "owner":
        return dict(names_of(db, ids))
    if by == "customer":
        found = db.execute(select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(ids)))
    else:
        newest = select(SaleFact.product_id, func.max(SaleFact.product_name)).where(SaleFact.product_id.in_(ids))
        found = db.execute(newest.group_by(SaleFact.product_id))
    return {one: name for one, name in found}


def _row(months: list[str], cells: dict[str, tuple[Decimal, Decimal]]) -> dict[str, Any]:
    columns = [_cell(month, *cells.get(month, (ZERO, ZERO))) for month in months]
    revenue = sum((column["revenue"] for column in columns), ZERO)
    cost = sum((column["cost"] for column in columns), ZERO)
    return {"months": columns, "revenue": revenue, "cost": cost, "margin": revenue - cost, "margin_rate": margin_rate(revenue, cost)}


def _cell(month: str, revenue: Decimal, cost: Decimal) -> dict[str, Any]:
    return {"month": month, "revenue": revenue, "cost": cost, "margin": revenue - cost}


def _sum(cells: Any) -> tuple[Decimal, Decimal]:
    found = [cell for cell in cells if cell]
    return sum((revenue for revenue, _ in found), ZERO), sum((cost for _, cost in found), ZERO)
