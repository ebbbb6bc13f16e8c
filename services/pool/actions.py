"""Writes of the pool: each is one change of hands, one ledger row and one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.pool import queries, rules
from services.pool.models import DEFAULT_POOL, CustomerCopy, GoalFact, Holder, Ledger, PoolEntry, PoolSettings
from services.pool.rules import Goal, Level, State
from shared import clock
from shared.bus import Call, publish
from shared.contracts import pool as contracts
from shared.contracts.customer import CustomerUpdated
from shared.contracts.identity import UserHandedOver
from shared.db import new_id
from shared.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, WrongState
from shared.people import Person, person_name
from shared.resources import batch

RECYCLED_PER_RUN = 500


@dataclass
class Desk:
    """Somebody at work with the pool: the call, the rules in force, and who the caller is to the pool."""

    call: Call
    settings: PoolSettings
    level: Level
    batch_id: str

    @classmethod
    def open(cls, call: Call, needed: Level) -> Desk:
        """Raises Conflict when the pool is off, Forbidden when the caller may not."""
        settings = queries.settings_of(call.db)
        level = queries.level_of(call.db, call.caller)
        if level < needed:
            raise Forbidden("not_a_pool_administrator" if level else "not_a_pool_member")
        if not settings.enabled:
            raise Conflict("pool_is_off")
        return cls(call, settings, level, new_id())

    @property
    def db(self) -> Session:
        return self.call.db

    def until(self, days: int | None = None) -> datetime:
        """The end of the protection of a customer taken today."""
        day = rules.deadline_day(self.call.today, self.settings.protection_days if days is None else days)
        return clock.end_of_day(day, self.call.settings.time_zone)

    def entry(self, customer_id: str) -> PoolEntry:
        """The entry of a customer in the pool, locked. Raises NotFound; an ordinary customer is told from an unknown one."""
        entry = _locked(self.db, customer_id)
        if entry is None or entry.state == State.LEFT:
            raise Conflict("not_in_pool") if self.db.get(CustomerCopy, customer_id) else NotFound()
        return entry

    def record(
        self, entry: PoolEntry, kind: type[contracts.PoolEvent], action: str, before: Before, *, reason: str = "", days: int | None = None
    ) -> None:
        """Write the ledger row and publish the event of what was just done to an entry."""
        actor = self.call.caller.user_id
        self.db.add(
            Ledger(
                pool_id=entry.pool_id, customer_id=entry.id, action=action, from_owner_id=before.owner_id, to_owner_id=entry.owner_id,
                actor_id=actor, reason=reason or None, rule="protection_period", rule_version=self.settings.version,
                baseline_at=before.baseline, deadline_before=before.deadline, deadline_after=entry.protected_until, days=days,
                batch_id=self.batch_id, at=self.call.now,
            )
        )  # fmt: skip
        publish(self.db, entry.told(kind, from_owner_id=before.owner_id, actor_id=actor, reason=reason, days=days))


@dataclass(frozen=True)
class Before:
    """What the ledger keeps of an entry as it was."""

    owner_id: str | None
    deadline: datetime | None
    baseline: datetime | None

    @classmethod
    def of(cls, entry: PoolEntry) -> Before:
        return cls(entry.owner_id, entry.protected_until, entry.claimed_at or entry.entered_at)


def for_each(call: Call, needed: Level, ids: list[str], act: Callable[[Desk, str], None]) -> dict[str, Any]:
    """Run one pool action for many customers. Raises Forbidden or Conflict for all of them alike."""
    desk = Desk.open(call, needed)
    return batch(call, ids, lambda one: act(desk, one))


def send(desk: Desk, customer_id: str, reason: str) -> None:
    """轉公海: an ordinary customer goes into the pool."""
    copy = desk.db.get(CustomerCopy, customer_id)
    if copy is None or copy.is_deleted or (desk.level < Level.ADMIN and copy.owner_id != desk.call.caller.user_id):
        raise NotFound()
    entry = _locked(desk.db, customer_id) or PoolEntry(
        id=customer_id, pool_id=DEFAULT_POOL, customer_name=copy.name, state=State.LEFT.value
    )
    if entry.state != State.LEFT:
        raise WrongState(entry.state, code="already_in_pool")
    before = Before(copy.owner_id, None, None)
    entry.customer_name, entry.level, entry.region = copy.name, copy.level, copy.region
    entry.enter(at=desk.call.now)
    desk.db.add(entry)
    desk.record(entry, contracts.CustomerSent, "send", before, reason=reason)


def withdraw(desk: Desk, customer_id: str, reason: str) -> None:
    """轉普通: a pool customer becomes an ordinary one."""
    entry = desk.entry(customer_id)
    before = Before.of(entry)
    entry.leave()
    desk.record(entry, contracts.CustomerWithdrawn, "withdraw", before, reason=reason)


def claim(desk: Desk, customer_id: str) -> None:
    """領取: take an unassigned customer for oneself. Exactly one of several claimers wins."""
    user_id = desk.call.caller.user_id or ""
    if user_id not in desk.settings.members and desk.level < Level.SYSTEM:
        raise Forbidden("not_a_pool_member")
    entry = _free_entry(desk, customer_id)
    _check_capacity(desk, user_id)
    _check_claim_rules(desk, customer_id, user_id)
    _take(desk, entry, user_id, contracts.CustomerClaimed, "claim")


def assign(desk: Desk, customer_id: str, owner_id: str) -> None:
    """分配: give an unassigned customer to a member."""
    entry = _free_entry(desk, customer_id)
    _check_capacity(desk, owner_id)
    _take(desk, entry, owner_id, contracts.CustomerAssigned, "assign")


def release(desk: Desk, customer_id: str, reason: str) -> None:
    """釋放: give a customer back; users only their own."""
    entry = desk.entry(customer_id)
    if desk.level < Level.ADMIN and entry.owner_id != desk.call.caller.user_id:
        raise NotFound()
    before = Before.of(entry)
    entry.give_back(at=desk.call.now)
    desk.record(entry, contracts.CustomerReleased, "release", before, reason=reason)


def extend(desk: Desk, customer_id: str, days: int, reason: str) -> None:
    """延期: move the deadline by whole days."""
    entry = desk.entry(customer_id)
    before = Before.of(entry)
    entry.extend(until=(entry.protected_until or desk.call.now) + timedelta(days=days))
    desk.record(entry, contracts.CustomerExtended, "extend", before, reason=reason, days=days)


def check_member(db: Session, owner_id: str) -> None:
    """Raise Invalid when customers cannot be assigned to somebody."""
    person = db.get(Person, owner_id)
    if owner_id not in queries.settings_of(db).members or (person is not None and not person.is_active):
        raise Invalid.field("owner_id", "not_a_pool_member")


def recycle_due(call: Call) -> int:
    """自動回收: take back what was not brought to its goal in time. Each customer once, whatever the replicas."""
    settings = queries.settings_of(call.db)
    if not settings.enabled:
        return 0
    desk = Desk(call, settings, Level.SYSTEM, new_id())
    due = queries.due_entries(call.db, call.now, limit=RECYCLED_PER_RUN)
    for entry in due:
        before = Before.of(entry)
        entry.give_back(at=call.now)
        desk.record(entry, contracts.CustomerRecycled, "recycle", before, reason="protection_period_over")
    return len(due)


def warn_owners(call: Call) -> int:
    """Tell owners once that a deadline comes near."""
    settings = queries.settings_of(call.db)
    if not settings.enabled:
        return 0
    before = call.now + timedelta(days=settings.warn_days_before)
    entries = queries.entries_to_warn(call.db, call.now, before, limit=RECYCLED_PER_RUN)
    for entry in entries:
        entry.warned_for = entry.protected_until
        publish(call.db, entry.told(contracts.CustomerExpiring, from_owner_id=entry.owner_id, actor_id=None))
    return len(entries)


def save_settings(call: Call, changes: dict[str, Any]) -> PoolSettings:
    """Change the rules; switching off makes every pool customer an ordinary one. Raises StaleVersion."""
    settings = call.db.scalars(select(PoolSettings).where(PoolSettings.id == DEFAULT_POOL).with_for_update()).one()
    version = changes.pop("version", None)
    if version is not None and version != settings.version:
        raise StaleVersion
    was_on = settings.enabled
    for name, value in changes.items():
        setattr(settings, name, value)
    if was_on and not settings.enabled:
        _switch_off(call, settings)
    publish(call.db, settings.told())
    return settings


def note_goal_fact(db: Session, call: Call, fact: GoalFact) -> None:
    """Keep an order or receipt, or that it was undone, and see what it means for the goal."""
    entry = _locked(db, fact.customer_id)
    db.merge(fact)
    db.flush()
    if entry is not None and entry.state == State.ASSIGNED:
        _review_goal(Desk(call, queries.settings_of(db), Level.SYSTEM, new_id()), entry)


def keep_customer(db: Session, event: Any) -> None:
    """Keep a customer's facts; older news is ignored."""
    copy = db.get(CustomerCopy, event.customer_id) or CustomerCopy(id=event.customer_id, version=-1, is_deleted=False)
    if event.version <= copy.version:
        return
    copy.name, copy.owner_id, copy.version, copy.level, copy.region = event.name, event.owner_id, event.version, event.level, event.region
    db.add(copy)
    entry = db.get(PoolEntry, event.customer_id)
    if entry is not None:
        entry.customer_name, entry.level, entry.region = copy.name, copy.level, copy.region


def hand_over(call: Call, customer_id: str, owner_id: str | None) -> None:
    """A pool customer was given to somebody outside the pool: the deadline stays, or starts when there was none."""
    entry = _locked(call.db, customer_id)
    if entry is None or entry.state == State.LEFT or entry.owner_id == owner_id:
        return
    desk = Desk(call, queries.settings_of(call.db), Level.SYSTEM, new_id())
    before = Before.of(entry)
    if owner_id is None:
        entry.give_back(at=call.now)
    elif entry.state == State.UNASSIGNED:
        entry.take(owner_id=owner_id, until=desk.until(), at=call.now)
    else:
        entry.owner_id = owner_id
    desk.record(entry, contracts.CustomerReassigned, "transfer", before)


def take_over(call: Call, event: UserHandedOver) -> None:
    """Somebody leaves, and their customers go to the pool: ordinary ones are sent, pool customers are given back."""
    settings = queries.settings_of(call.db)
    if not event.to_pool or not settings.enabled:
        return
    desk = Desk(call, settings, Level.SYSTEM, new_id())
    for customer_id in queries.customers_of(call.db, event.user_id):
        entry = _locked(call.db, customer_id)
        if entry is None or entry.state == State.LEFT:
            send(desk, customer_id, "owner_left")
        elif entry.owner_id == event.user_id:
            release(desk, customer_id, "owner_left")


def forget_customer(call: Call, customer_id: str) -> None:
    """A deleted customer leaves the pool."""
    copy = call.db.get(CustomerCopy, customer_id)
    if copy is not None:
        copy.is_deleted = True
    entry = _locked(call.db, customer_id)
    if entry is not None and entry.state != State.LEFT:
        desk = Desk(call, queries.settings_of(call.db), Level.SYSTEM, new_id())
        before = Before.of(entry)
        entry.leave()
        desk.record(entry, contracts.CustomerWithdrawn, "delete", before)


def learn_customers(call: Call, data: dict[str, Any]) -> None:
    """Before sending: ask customer about those not heard of yet, or heard of with another owner."""
    with call.transaction(read=True) as db:
        rows = db.execute(select(CustomerCopy.id, CustomerCopy.owner_id).where(CustomerCopy.id.in_(data["customer_ids"])))
        known = {customer_id: owner_id for customer_id, owner_id in rows}
        is_admin = queries.level_of(db, call.caller) >= Level.ADMIN
    for customer_id in data["customer_ids"]:
        if customer_id in known and (is_admin or known[customer_id] == call.caller.user_id):
            continue
        try:
            told = call.ask("customer.vouch_for_customer", customer_id=customer_id)
        except NotFound:
            continue
        with call.transaction() as db:
            keep_customer(db, CustomerUpdated.decode(told))


def _locked(db: Session, customer_id: str) -> PoolEntry | None:
    query = select(PoolEntry).where(PoolEntry.id == customer_id).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _free_entry(desk: Desk, customer_id: str) -> PoolEntry:
    entry = desk.entry(customer_id)
    if entry.state == State.ASSIGNED:
        raise Conflict("already_claimed", owner=person_name(desk.db, entry.owner_id) or "?")
    return entry


def _take(desk: Desk, entry: PoolEntry, owner_id: str, kind: type[contracts.PoolEvent], action: str) -> None:
    before = Before.of(entry)
    entry.take(owner_id=owner_id, until=desk.until(), at=desk.call.now)
    desk.record(entry, kind, action, before)


def _check_capacity(desk: Desk, user_id: str) -> None:
    insert = postgresql.insert if desk.db.get_bind().dialect.name == "postgresql" else sqlite.insert
    desk.db.execute(insert(Holder).values(user_id=user_id).on_conflict_do_nothing())
    desk.db.execute(select(Holder).where(Holder.user_id == user_id).with_for_update())
    held, limit = queries.held(desk.db, user_id, count_achieved=desk.settings.count_achieved), desk.settings.max_held
    if held >= limit:
        raise Conflict("limit_reached", limit=limit, held=held)


def _check_claim_rules(desk: Desk, customer_id: str, user_id: str) -> None:
    limit = desk.settings.daily_claim_limit
    start = clock.start_of_day(desk.call.today, desk.call.settings.time_zone)
    if limit and queries.claims_since(desk.db, user_id, start) >= limit:
        raise Conflict("daily_limit_reached", limit=limit)
    lost = queries.lost_at(desk.db, customer_id, user_id)
    until = rules.cooling_until(lost, desk.settings.reclaim_cooldown_days)
    if until and until > desk.call.now:
        raise Conflict("cooling_down", until=clock.today(until, desk.call.settings.time_zone).isoformat())


def _review_goal(desk: Desk, entry: PoolEntry) -> None:
    kinds = [
        fact.kind
        for fact in queries.goal_facts(desk.db, entry.id)
        if rules.counts_for_goal(at=fact.at, claimed_at=entry.claimed_at, amount=fact.amount, minimum=desk.settings.goal_min_amount)
    ]
    reached = rules.goal_reached(desk.settings.goal_events, kinds)
    before, zone = Before.of(entry), desk.call.settings.time_zone
    if reached and entry.goal == Goal.PENDING:
        deadline = clock.today(entry.protected_until or desk.call.now, zone)
        entry.achieve(days_left=rules.days_left(deadline, desk.call.today))
        desk.record(entry, contracts.CustomerGoalAchieved, "goal_achieved", before)
    elif not reached and entry.goal == Goal.ACHIEVED:
        entry.reopen(until=desk.until(entry.days_left or 0))
        desk.record(entry, contracts.CustomerGoalReopened, "goal_reopened", before)


def _switch_off(call: Call, settings: PoolSettings) -> None:
    desk = Desk(call, settings, Level.SYSTEM, new_id())
    inside = call.db.scalars(select(PoolEntry).where(PoolEntry.state != State.LEFT.value).with_for_update()).all()
    for entry in inside:
        before = Before.of(entry)
        entry.leave()
        desk.record(entry, contracts.CustomerWithdrawn, "withdraw", before, reason="pool_switched_off")
    publish(call.db, contracts.PoolDisabled(pool_id=settings.id, affected=len(inside)))
