"""What the ledger tells: the one truth about who holds, lost and took what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.pool.ledger.models import Ledger
from services.pool.ledger.schemas import LedgerLineSchema, LedgerRowSchema
from services.pool.rules import Goal
from shared.bus import Call
from shared.i18n import label
from shared.people import names_of
from shared.resources import Walk, export_list
from shared.resources.query import Dialect

TAKEN = ("claim", "assign")

LISTED = Dialect(Ledger, LedgerRowSchema, ("reason",), {"automatic": lambda call: Ledger.actor_id.is_(None)})


def held(db: Session, pool_id: str, user_ids: Iterable[str], *, count_achieved: bool) -> dict[str, int]:
    """How many customers of a pool each of some people holds: what came in minus what went out, in two counts."""
    counted = [Goal.PENDING.value, Goal.ACHIEVED.value] if count_achieved else [Goal.PENDING.value]
    wanted = list(user_ids)
    came = _count_by(db, Ledger.to_owner_id, wanted, Ledger.pool_id == pool_id, Ledger.goal_after.in_(counted))
    went = _count_by(db, Ledger.from_owner_id, wanted, Ledger.from_pool_id == pool_id, Ledger.goal_before.in_(counted))
    return {user_id: came.get(user_id, 0) - went.get(user_id, 0) for user_id in wanted}


def was_used(db: Session, pool_id: str) -> bool:
    """Whether a customer ever came into a pool."""
    return bool(db.scalar(select(exists().where(or_(Ledger.pool_id == pool_id, Ledger.from_pool_id == pool_id)))))


def claims_since(db: Session, pool_id: str, user_id: str, start: datetime) -> int:
    """How often somebody claimed from a pool since a moment; giving back does not undo it, and assignments do not count."""
    claims = (Ledger.actor_id == user_id, Ledger.action == "claim", Ledger.at >= start, Ledger.pool_id == pool_id)
    return db.scalar(select(func.count()).select_from(Ledger).where(*claims)) or 0


def last_lost(db: Session, user_id: str, customer_ids: Collection[str]) -> dict[str, datetime]:
    """When somebody last lost each of some customers, to whom or for what reason ever."""
    lost = (Ledger.from_owner_id == user_id, Ledger.customer_id.in_(customer_ids), Ledger.to_owner_id.is_distinct_from(user_id))
    rows = db.execute(select(Ledger.customer_id, func.max(Ledger.at)).where(*lost).group_by(Ledger.customer_id))
    return {customer_id: at for customer_id, at in rows}


def previous_owners(db: Session, customer_ids: Collection[str]) -> dict[str, str]:
    """Who held each of some customers before: the one who lost it, whoever made the change."""
    gave = (
        Ledger.customer_id.in_(customer_ids), Ledger.from_owner_id.is_not(None),
        Ledger.to_owner_id.is_distinct_from(Ledger.from_owner_id),
    )  # fmt: skip
    newest = select(func.max(Ledger.id)).where(*gave).group_by(Ledger.customer_id)
    rows = db.execute(select(Ledger.customer_id, Ledger.from_owner_id).where(Ledger.id.in_(newest)))
    return {customer_id: owner_id for customer_id, owner_id in rows if owner_id}


def newest_row(db: Session, customer_id: str) -> Ledger | None:
    """The last change of hands of a customer."""
    return db.scalars(select(Ledger).where(Ledger.customer_id == customer_id).order_by(Ledger.id.desc()).limit(1)).one_or_none()


def narrowed(pool_ids: Collection[str], *, pool_id: str | None = None, customer_id: str | None = None, user_id: str | None = None,
             action: str | None = None, **listed: Any) -> ColumnElement[bool]:  # fmt: skip
    """The condition for rows of some pools, narrowed as the caller asks."""
    wanted: list[ColumnElement[bool]] = [Ledger.pool_id.in_(pool_ids)]
    if pool_id:
        wanted.append(Ledger.pool_id == pool_id)
    if customer_id:
        wanted.append(Ledger.customer_id == customer_id)
    if user_id:
        wanted.append(or_(Ledger.from_owner_id == user_id, Ledger.to_owner_id == user_id, Ledger.actor_id == user_id))
    if action:
        wanted.append(Ledger.action == action)
    return and_(*wanted)


def ledger_page(call: Call, condition: ColumnElement[bool], customer_names: Any, params: dict[str, Any]) -> dict[str, Any]:
    """A page of the ledger in the list dialect, with names; newest first unless sorted. `customer_names(db, ids)` gives the customers' names by id."""
    page = LISTED.page(call, select(Ledger).where(condition), params, "-id")
    return page.shown(_rows(call, page.records, customer_names))


def ledger_export(
    call: Call, condition: ColumnElement[bool], customer_names: Any, params: dict[str, Any], after: str | None
) -> dict[str, Any]:
    """A part of the same as cells for a file."""
    query = select(Ledger).where(condition, *LISTED.conditions(call, params))
    walk = Walk(call, query, LISTED.sorting(call, params.get("sort") or "-id"), Ledger.at, after)
    return export_list(call, walk, title="ledger", schema=LedgerLineSchema, written=lambda rows: _rows(call, rows, customer_names))


def _rows(call: Call, rows: Sequence[Ledger], customer_names: Any) -> list[dict[str, Any]]:
    people = names_of(
        call.db, {person for row in rows for person in (row.from_owner_id, row.to_owner_id, row.actor_id, row.impersonated_by)}
    )
    customers = customer_names(call.db, {row.customer_id for row in rows})
    return [_shown(call, row, people, customers) for row in rows]


def figures_by_user(db: Session, pool_id: str, start: datetime, end: datetime) -> dict[str, dict[str, Any]]:
    """What each user did, and what became of the customers they took, from `start` until before `end`."""
    within = (Ledger.pool_id == pool_id, Ledger.at >= start, Ledger.at < end)
    figures: dict[str, dict[str, Any]] = {}
    person = case((Ledger.action.in_((*TAKEN, "goal_achieved")), Ledger.to_owner_id), else_=Ledger.from_owner_id)
    counted = ("claim", "assign", "release", "recycle", "goal_achieved")
    rows = db.execute(
        select(person, Ledger.action, func.count()).where(*within, Ledger.action.in_(counted)).group_by(person, Ledger.action)
    )
    for user_id, action, count in rows:
        figures.setdefault(user_id, {})[action] = count
    for user_id, taken, reached in _goals_of_takings(db, within):
        figures[user_id]["goal_rate"] = (Decimal(100 * reached) / taken).quantize(Decimal("0.01"))
    return figures


def _goals_of_takings(db: Session, within: Iterable[ColumnElement[bool]]) -> Iterable[Any]:
    """Per user the takings and those among them whose goal stands: achieved rows less reopened ones, by the claim they count from."""
    goal = aliased(Ledger)
    stands = func.sum(case((goal.action == "goal_achieved", 1), (goal.action == "goal_reopened", -1), else_=0))
    same = and_(
        goal.customer_id == Ledger.customer_id, goal.baseline_at == Ledger.at, goal.to_owner_id == Ledger.to_owner_id,
        goal.action.in_(("goal_achieved", "goal_reopened")),
    )  # fmt: skip
    takings = select(Ledger.to_owner_id, func.count(Ledger.id.distinct()), stands).outerjoin(goal, same)
    return db.execute(takings.where(*within, Ledger.action.in_(TAKEN)).group_by(Ledger.to_owner_id))


def _count_by(db: Session, owner: Any, user_ids: list[str], *conditions: ColumnElement[bool]) -> dict[str, int]:
    rows = db.execute(select(owner, func.count()).where(owner.in_(user_ids), *conditions).group_by(owner))
    return {user_id: count for user_id, count in rows}


def _shown(call: Call, row: Ledger, people: dict[str, str], customers: dict[str, str]) -> dict[str, Any]:
    plain = {column.key: getattr(row, column.key) for column in Ledger.__table__.columns}
    words = (call.caller.language, call.package)
    return plain | {
        "customer_name": customers.get(row.customer_id),
        "from_owner_name": people.get(row.from_owner_id or ""),
        "to_owner_name": people.get(row.to_owner_id or ""),
        "actor_name": people.get(row.actor_id or ""),
        "impersonated_by_name": people.get(row.impersonated_by or ""),
        "automatic": row.actor_id is None,
        "action_name": label("choices", f"ledger.action.{row.action}", *words),
        "rule_name": label("choices", f"ledger.rule.{row.rule}", *words) if row.rule else None,
    }
