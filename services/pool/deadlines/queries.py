"""Reads about deadlines: customers as the rules look at them, and what their countdown says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, or_, select
from sqlalchemy.orm import Session

from services.pool import rules
from services.pool.customers import queries
from services.pool.customers.models import CustomerCopy, PoolEntry
from services.pool.deadlines import rules as deadline_rules
from services.pool.deadlines.rules import HORIZONS, AutoEntry, Fate, Holding, Loss, Subject, TakingRules, fate_of, totals
from services.pool.ledger.queries import previous_owners
from services.pool.pools.models import Pool
from services.pool.pools.queries import Map, all_pools, level_in, pool_of
from services.pool.rules import Fact, Goal, State
from shared import clock
from shared.bus import Call
from shared.bus.blocking import run_blocking
from shared.errors import NotFound
from shared.i18n import LANGUAGES, amount_text, phrase
from shared.people import names_of

ZERO = Decimal("0.00")
LISTED = 1000
"""How many customers a rehearsal names; all are counted."""


def taking_rules(pool: Pool) -> TakingRules:
    """What of a pool's settings decides about taking. A pool that is off takes nobody by itself."""
    return TakingRules(pool.goal_events, pool.warn_days_before, AutoEntry.of(pool.auto_entry) if pool.enabled else AutoEntry())


def subject_of_entry(entry: PoolEntry, facts: Sequence[Fact], pool: Pool, zone: str) -> Subject:
    """A pool customer as the rules look at it."""
    found = rules.counted_kinds(
        facts, claimed_at=entry.claimed_at, protected_until=entry.protected_until, minimum=pool.goal_min_amount
    )  # fmt: skip
    return Subject(
        entry.state, claimed_on=_day(entry.claimed_at, zone), deadline=_day(entry.protected_until, zone),
        achieved=entry.goal == Goal.ACHIEVED, missing=rules.missing_kinds(pool.goal_events, found),
    )  # fmt: skip


def subject_of_copy(copy: CustomerCopy | Row[Any], zone: str) -> Subject:
    """An ordinary customer as the rules look at it."""
    return Subject(
        "ordinary", status=copy.status, level=copy.level, tags=tuple(copy.tags), created_on=clock.today(copy.created_at, zone),
        owned_since=clock.today(copy.owned_since, zone), followed_up_on=_day(copy.last_follow_up_at, zone),
        ordered_on=_day(copy.last_order_at, zone), warned_from=copy.warned_from, warned_on=copy.warned_on,
    )  # fmt: skip


def ordinary_near(db: Session, auto_entries: Iterable[AutoEntry], before: datetime) -> Sequence[Row[Any]]:
    """The ordinary customers that some rule may take before a moment, without a lock: `fate_of` decides about each.

    Where no rule is on there are none.
    """
    near = [_untouched(entry, before) for entry in auto_entries]
    inside = select(PoolEntry.id).where(PoolEntry.id == CustomerCopy.id, PoolEntry.state != State.LEFT.value).exists()
    ordinary = (CustomerCopy.is_deleted.is_(False), or_(false(), *near), ~inside)
    return db.execute(select(CustomerCopy.__table__).where(*ordinary).order_by(CustomerCopy.id)).all()


@dataclass
class Outlook:
    """What the pools' rules say today about customers: read once, asked for many."""

    call: Call
    pools: dict[str, Pool] = field(init=False)
    map: Map = field(init=False)

    def __post_init__(self) -> None:
        pools = all_pools(self.call.db)
        self.pools = {pool.id: pool for pool in pools}
        self.map = Map.of(self.call.db, pools)
        self.rules = {pool.id: taking_rules(pool) for pool in pools}

    @property
    def zone(self) -> str:
        """The organisation's time zone."""
        return self.call.organisation.time_zone

    def of_copy(self, copy: CustomerCopy | Row[Any]) -> tuple[str, Fate]:
        """The pool an ordinary customer belongs to, and what its rules will do."""
        pool_id = self.map.pool_for(copy.owner_id, copy.region)
        return pool_id, fate_of(subject_of_copy(copy, self.zone), self.rules[pool_id], self.call.today)

    def of_entry(self, entry: PoolEntry, facts: Sequence[Fact]) -> tuple[Subject, Fate]:
        """A pool customer, and what its pool's rules will do."""
        subject = subject_of_entry(entry, facts, self.pools[entry.pool_id], self.zone)
        return subject, fate_of(subject, self.rules[entry.pool_id], self.call.today)

    def ordinary(self, ahead: int) -> list[tuple[Row[Any], str, Fate]]:
        """The ordinary customers that some rule may take within so many days, each with its pool and fate."""
        before = clock.start_of_day(self.call.today + timedelta(days=ahead + 1), self.zone)
        rows = ordinary_near(self.call.db, (one.auto_entry for one in self.rules.values()), before)
        return [(row, *self.of_copy(row)) for row in rows]

    def words(self, fate: Fate, waits_for: str, language: str) -> str:
        """What a countdown says, in a language. `waits_for` is what `goal_key` gave."""
        return countdown_text(fate, waits_for, self.call.today, language, self.call.package)

    def all_words(self, fate: Fate, waits_for: str) -> dict[str, str]:
        """The same in every language."""
        return {language: self.words(fate, waits_for, language) for language in LANGUAGES}


def goal_key(pool: Pool, subject: Subject) -> str:
    """What an assigned customer's goal waits for: order, receipt, or either or both of them; else how it stands."""
    if subject.state != "assigned":
        return subject.state
    if subject.achieved or not subject.missing:
        return "achieved"
    return subject.missing[0] if len(subject.missing) == 1 else pool.goal_events


def countdown_text(fate: Fate, waits_for: str, today: date, language: str, package: str) -> str:
    """The countdown in words: "3 days left: no order since claimed on 11 Nov"."""
    if fate.takes_on is None or fate.counted_from is None:
        exempt = next((one.name for one in fate.exemptions if one.applies), None)
        key = f"exempt_{exempt}" if waits_for == "ordinary" and exempt else f"none_{waits_for}"
        return phrase("countdown", key, language, package, {})
    left = fate.days_left(today) or 0
    key = "due" if fate.is_due(today) else {0: "last_day", 1: "one_day"}.get(left, "days")
    cause = waits_for if fate.rule == "protection_period" else f"{fate.rule}_{fate.baseline}"
    params = {
        "days": str(left),
        "cause": phrase("countdown", cause, language, package, {"day": day_text(fate.counted_from, today, language)}),
    }
    return phrase("countdown", key, language, package, params)


def day_text(day: date, today: date, language: str) -> str:
    """A day as people say it; the year only where it is another one."""
    if language == "en":
        return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


def countdown(call: Call, customer_id: str) -> dict[str, Any]:
    """Which rule will take a customer, counted from when, on which day, what was looked at, and what resets it. Raises NotFound."""
    outlook = Outlook(call)
    entry = call.db.scalars(
        select(PoolEntry).where(PoolEntry.id == customer_id, queries.entries_in_scope(call.db, call.caller, "pool-customers"))
    ).one_or_none()
    if entry is not None:
        pool = outlook.pools[entry.pool_id]
        subject, fate = outlook.of_entry(entry, queries.goal_facts(call.db, [customer_id])[customer_id])
        return _explained(outlook, customer_id, pool, fate, goal_key(pool, subject))
    if customer_id not in queries.seen_copies(call.db, call.caller, [customer_id]) or _is_inside(call.db, customer_id):
        raise NotFound()
    pool_id, fate = outlook.of_copy(call.db.get_one(CustomerCopy, customer_id))
    return _explained(outlook, customer_id, outlook.pools[pool_id], fate, "ordinary")


def add_to_rows(call: Call, entries: list[PoolEntry], rows: list[dict[str, Any]]) -> None:
    """Put beside pool customers their pool's name, previous owner, countdown, and what the caller may do; for all in a few queries."""
    outlook, ids = Outlook(call), [entry.id for entry in entries]
    facts, previous = queries.goal_facts(call.db, ids), previous_owners(call.db, ids)
    names = names_of(call.db, previous.values())
    for entry, row in zip(entries, rows, strict=True):
        pool, owns = outlook.pools[entry.pool_id], entry.owner_id == call.caller.user_id
        subject, fate = outlook.of_entry(entry, facts.get(entry.id, []))
        row["pool_name"] = pool.name
        row["previous_owner_id"] = previous.get(entry.id)
        row["previous_owner_name"] = names.get(previous.get(entry.id, ""))
        row["countdown"] = outlook.words(fate, goal_key(pool, subject), call.caller.language)
        row["can"] = rules.actions_on(level_in(pool, call.caller), entry.state, entry.goal, owns=owns)


def look_ahead(call: Call, data: dict[str, Any]) -> None:
    """Before answering: rehearse the rules in a read of its own, which cannot move anything and which no writer waits for."""
    with call.transaction(read=True) as db:
        found = rehearse(replace(call, session=db), **data)
    data.clear()
    data["found"] = found


def rehearse(call: Call, *, settings: dict[str, Any], pool_id: str | None = None) -> dict[str, Any]:
    """Who would lose which customers tomorrow, in 7 and in 30 days, by the rules as they are and as proposed. Nothing moves."""
    outlook, present = Outlook(call), pool_of(call.db, pool_id)
    proposed = Pool(**{column.key: getattr(present, column.key) for column in Pool.__table__.columns} | settings)
    holdings = [*_held(outlook, present, proposed), *_ordinary(outlook, present, proposed)]
    losses = run_blocking(deadline_rules.rehearse, holdings, taking_rules(present), taking_rules(proposed), call.today)
    names = names_of(call.db, (loss.holding.owner_id for loss in losses))
    return {
        "pool_id": present.id,
        "horizons": [_horizon(losses, names, days, call.today) for days in HORIZONS],
        "customers": [_loss(outlook, loss, names, present, proposed) for loss in losses[:LISTED]],
        "more": max(0, len(losses) - LISTED),
    }


def _held(outlook: Outlook, present: Pool, proposed: Pool) -> list[Holding]:
    db, zone = outlook.call.db, outlook.zone
    pending = (PoolEntry.pool_id == present.id, PoolEntry.state == State.ASSIGNED.value, PoolEntry.goal == Goal.PENDING.value)
    ids = select(PoolEntry.id).where(*pending)
    facts = queries.goal_facts(db, ids)
    values = {one: value for one, value in db.execute(select(CustomerCopy.id, CustomerCopy.order_total).where(CustomerCopy.id.in_(ids)))}
    return [
        Holding(
            entry.id, entry.customer_name, entry.owner_id, values.get(entry.id, ZERO),
            subject_of_entry(entry, facts.get(entry.id, []), present, zone),
            subject_of_entry(entry, facts.get(entry.id, []), proposed, zone) if proposed.enabled else Subject("left"),
        )
        for entry in db.scalars(select(PoolEntry).where(*pending))
    ]  # fmt: skip


def _ordinary(outlook: Outlook, present: Pool, proposed: Pool) -> list[Holding]:
    both = [taking_rules(pool).auto_entry for pool in (present, proposed)]
    before = clock.start_of_day(outlook.call.today + timedelta(days=max(HORIZONS) + 1), outlook.zone)
    return [
        Holding(row.id, row.name, row.owner_id, row.order_total, subject, subject)
        for row in ordinary_near(outlook.call.db, both, before)
        if outlook.map.pool_for(row.owner_id, row.region) == present.id
        for subject in [subject_of_copy(row, outlook.zone)]
    ]


def _horizon(losses: list[Loss], names: dict[str, str], days: int, today: date) -> dict[str, Any]:
    by = today + timedelta(days=days)
    sides = {side: totals(losses, side, by) for side in ("present", "proposed")}
    people = sorted({person for found in sides.values() for person in found}, key=lambda one: names.get(one or "", ""))
    return {
        "days": days, "by": by,
        **{side: _sum(found.values()) for side, found in sides.items()},
        "people": [
            {"user_id": one, "name": names.get(one or ""), **{side: _sum([found[one]] if one in found else []) for side, found in sides.items()}}
            for one in people
        ],
    }  # fmt: skip


def _sum(pairs: Iterable[tuple[int, Decimal]]) -> dict[str, Any]:
    listed = list(pairs)
    return {"customers": sum(count for count, _ in listed), "value": sum((value for _, value in listed), ZERO)}


def _loss(outlook: Outlook, loss: Loss, names: dict[str, str], present: Pool, proposed: Pool) -> dict[str, Any]:
    one, end = loss.holding, outlook.call.today + timedelta(days=max(HORIZONS))
    sides = (("present", loss.present, goal_key(present, one.present)), ("proposed", loss.proposed, goal_key(proposed, one.proposed)))
    language = outlook.call.caller.language
    return {
        "customer_id": one.customer_id, "customer_name": one.customer_name, "owner_id": one.owner_id,
        "owner_name": names.get(one.owner_id or ""), "value": one.value,
        **{
            side: {"rule": fate.rule, "takes_on": fate.takes_on, "text": outlook.words(fate, key, language)} if fate.is_due(end) else None
            for side, fate, key in sides
        },
    }  # fmt: skip


def _explained(outlook: Outlook, customer_id: str, pool: Pool, fate: Fate, waits_for: str) -> dict[str, Any]:
    call, resets = outlook.call, _reset_key(fate, waits_for)
    words = (call.caller.language, call.package)
    amount = amount_text(pool.goal_min_amount) if fate.rule == "protection_period" and pool.goal_min_amount else ""
    key = f"{resets}_from" if amount else resets
    return {
        "customer_id": customer_id, "pool_id": pool.id, "rule": fate.rule, "rule_version": pool.version,
        "rule_name": phrase("countdown", f"rule_{fate.rule}", *words, {}), "counted_from": fate.counted_from, "baseline": fate.baseline,
        "takes_on": fate.takes_on, "days_left": fate.days_left(call.today),
        "exemptions": [
            {"name": one.name, "applies": one.applies, "text": phrase("countdown", f"exemption_{one.name}", *words, {})}
            for one in fate.exemptions
        ],
        "reset_by": resets, "reset_text": phrase("countdown", f"reset_{key}", *words, {"amount": amount}) if resets else None,
        "text": outlook.words(fate, waits_for, call.caller.language),
    }  # fmt: skip


def _reset_key(fate: Fate, waits_for: str) -> str | None:
    return {"protection_period": waits_for, "no_follow_up": "follow_up", "no_order": "order"}.get(fate.rule)


def _is_inside(db: Session, customer_id: str) -> bool:
    entry = db.get(PoolEntry, customer_id)
    return entry is not None and entry.state != State.LEFT


def _untouched(auto_entry: AutoEntry, before: datetime) -> ColumnElement[bool]:
    days = zip(auto_entry.shortest(), (CustomerCopy.last_follow_up_at, CustomerCopy.last_order_at), strict=True)
    return or_(false(), *(_silent_since(before - timedelta(days=number), last) for number, last in days if number))


def _silent_since(moment: datetime, last: Any) -> ColumnElement[bool]:
    return and_(CustomerCopy.owned_since < moment, or_(last.is_(None), last < moment))


def _day(moment: datetime | None, zone: str) -> date | None:
    return None if moment is None else clock.today(moment, zone)
