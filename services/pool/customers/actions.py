"""What people do with pool customers: each is one change of hands, one ledger row and one event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from services.pool import rules
from services.pool.customers import queries
from services.pool.customers.models import CustomerCopy, PoolEntry
from services.pool.extension_requests.models import ExtensionRequest
from services.pool.extension_requests.rules import RequestStatus
from services.pool.ledger.actions import Quota, open_quota
from services.pool.ledger.models import Ledger, Standing
from services.pool.pools.models import Pool
from services.pool.pools.queries import Map, all_pools, levels_of
from services.pool.rules import Goal, Level, State
from shared import clock
from shared.bus import Call, publish
from shared.contracts import pool as contracts
from shared.contracts.base import Event
from shared.db import add_missing, new_id
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound, WrongState
from shared.people import Person, names_of
from shared.resources import failure

EVENTS: dict[str, type[contracts.PoolEvent]] = {
    "send": contracts.CustomerSent,
    "enter": contracts.CustomerEntered,
    "claim": contracts.CustomerClaimed,
    "assign": contracts.CustomerAssigned,
    "release": contracts.CustomerReleased,
    "recycle": contracts.CustomerRecycled,
    "extend": contracts.CustomerExtended,
    "goal_achieved": contracts.CustomerGoalAchieved,
    "goal_reopened": contracts.CustomerGoalReopened,
    "restore": contracts.CustomerGoalAchieved,
    "move": contracts.CustomerMoved,
    "transfer": contracts.CustomerReassigned,
    "withdraw": contracts.CustomerWithdrawn,
    "switch_off": contracts.CustomerWithdrawn,
    "delete": contracts.CustomerWithdrawn,
    "merge": contracts.CustomerWithdrawn,
}


@dataclass
class Desk:
    """Work with pool customers: the call, who the caller is to each pool, and the customers it is about, locked.

    What is done is noted with `record` and written by `close`: once for a whole batch.
    """

    call: Call
    pools: dict[str, Pool]
    levels: dict[str, Level]
    customer_ids: Collection[str]
    entries: dict[str, PoolEntry]
    copies: dict[str, CustomerCopy]
    batch_id: str = field(default_factory=new_id)
    rows: list[dict[str, Any]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    quotas: dict[tuple[str, str], Quota] = field(default_factory=dict)

    @classmethod
    def open(cls, call: Call, action: str, customer_ids: Collection[str]) -> Desk:
        """For a person. Raises Forbidden where they may do this in no pool, Conflict when every pool is off."""
        desk = cls._at(call, customer_ids, lambda pools: levels_of(pools, call.caller), hold=action in ("send", "move"))
        if not rules.may_try(desk.best, action):
            raise Forbidden("not_a_pool_administrator" if desk.best else "not_a_pool_member")
        if not any(pool.enabled for pool in desk.pools.values()):
            raise Conflict("pool_is_off")
        return desk

    @classmethod
    def by_itself(cls, call: Call, customer_ids: Collection[str], *, hold: bool = False) -> Desk:
        """For the pool itself, following its rules or what happened elsewhere. `hold` where customers go into pools."""
        return cls._at(call, customer_ids, lambda pools: {pool.id: Level.SYSTEM for pool in pools}, hold=hold)

    @classmethod
    def _at(cls, call: Call, customer_ids: Collection[str], levels: Callable[[list[Pool]], dict[str, Level]], *, hold: bool) -> Desk:
        pools = all_pools(call.db, hold=hold)
        entries = queries.locked_entries(call.db, customer_ids)
        return cls(call, {pool.id: pool for pool in pools}, levels(pools), customer_ids, entries, queries.copies(call.db, customer_ids))

    @property
    def db(self) -> Session:
        return self.call.db

    @property
    def me(self) -> str:
        """The caller's user id."""
        return self.call.caller.user_id or ""

    @property
    def best(self) -> Level:
        """The highest level the caller has in any pool."""
        return max(self.levels.values())

    @cached_property
    def seen(self) -> set[str]:
        """The customers at hand that exist for the caller as ordinary ones."""
        return queries.seen_copies(self.db, self.call.caller, self.customer_ids)

    @cached_property
    def seen_inside(self) -> set[str]:
        """The customers at hand that exist for the caller in a pool."""
        return queries.seen_entries(self.db, self.call.caller, self.customer_ids)

    @cached_property
    def map(self) -> Map:
        """Which pool customers belong to."""
        return Map.of(self.db, self.pools.values())

    @cached_property
    def owner_names(self) -> dict[str, str]:
        """The names of those who hold the customers at hand."""
        return names_of(self.db, (entry.owner_id for entry in self.entries.values()))

    def day_of(self, moment: datetime) -> date:
        """The organisation's calendar day of a moment."""
        return clock.today(moment, self.call.organisation.time_zone)

    def end_in(self, days: int, *, after: datetime | None = None) -> datetime:
        """The end of the day so many days after a moment's day; after today unless given."""
        start = self.call.today if after is None else self.day_of(after)
        return clock.end_of_day(rules.deadline_day(start, days), self.call.organisation.time_zone)

    def entry(self, customer_id: str, action: str) -> PoolEntry:
        """The entry of a customer in a pool, which the caller may do this with.

        Raises NotFound for what does not exist for the caller, Conflict for an ordinary customer, Forbidden.
        """
        entry = self.entries.get(customer_id)
        if entry is None or entry.state == State.LEFT:
            raise Conflict("not_in_pool") if customer_id in self.seen else NotFound()
        level, owns = self.levels[entry.pool_id], entry.owner_id == self.me
        if rules.may(level, action, owns=owns):
            return entry
        if level is Level.OUTSIDER or rules.may(level, action, owns=True) or customer_id not in self.seen_inside:
            raise NotFound()
        raise Forbidden("not_a_pool_administrator")

    def record(
        self, entry: PoolEntry, action: str, before: Standing, *, reason: str = "", days: int | None = None, rule: str | None = None,
        baseline: datetime | None = None,
    ) -> None:  # fmt: skip
        """Note for ledger, bus and copy what was just done to an entry."""
        after = entry.standing()
        self.rows.append(self.ledger_row(entry.id, action, before, after, reason=reason, days=days, rule=rule, baseline=baseline))
        self.told.append(
            entry.told(EVENTS[action], from_owner_id=before.owner_id, actor_id=self.me or None, reason=reason or rule or "", days=days)
        )
        if copy := self.copies.get(entry.id):
            copy.pass_to(entry.owner_id, at=self.call.now)

    def ledger_row(
        self, customer_id: str, action: str, before: Standing, after: Standing, *, reason: str = "", days: int | None = None,
        rule: str | None = None, baseline: datetime | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The ledger's row for a change; the protection period is the rule of whatever has a deadline."""
        return {
            "customer_id": customer_id, "action": action, "from_pool_id": before.pool_id, "pool_id": after.pool_id,
            "from_owner_id": before.owner_id, "to_owner_id": after.owner_id, "actor_id": self.me or None,
            "impersonated_by": self.call.caller.impersonated_by, "reason": reason or None,
            "rule": rule or ("protection_period" if before.deadline or after.deadline else None),
            "rule_version": self.pools[after.pool_id].version, "baseline_at": baseline or before.baseline,
            "goal_before": before.goal, "goal_after": after.goal, "deadline_before": before.deadline, "deadline_after": after.deadline,
            "days": days, "batch_id": self.batch_id, "at": self.call.now,
        }  # fmt: skip

    def close(self) -> None:
        """Write what was noted. A customer that changed hands or pool, left or reached its goal needs no more days: requests for them lapse."""
        settled = [
            row["customer_id"] for row in self.rows
            if row["goal_after"] != Goal.PENDING or (row["to_owner_id"], row["pool_id"]) != (row["from_owner_id"], row["from_pool_id"])
        ]  # fmt: skip
        if settled:
            _lapse_requests(self.db, ExtensionRequest.customer_id.in_(settled))
        _write(self)


def for_each(call: Call, action: str, customer_ids: list[str], act: Callable[[Desk, str], None]) -> dict[str, Any]:
    """Run one pool action for many customers: {"succeeded": n, "failed": [...]}. Raises Forbidden or Conflict for all of them alike."""
    if action == "send":
        add_entries(call.db, queries.seen_copies(call.db, call.caller, customer_ids), call.now)
    desk = Desk.open(call, action, customer_ids)
    failed = []
    for one in customer_ids:
        try:
            act(desk, one)
        except AppError as error:
            failed.append(failure(call, one, error))
    desk.close()
    return {"succeeded": len(customer_ids) - len(failed), "failed": failed}


def send(desk: Desk, customer_id: str, pool_id: str | None, reason: str) -> None:
    """轉公海: an ordinary customer goes into the pool named, or into the one it belongs to."""
    copy, entry = desk.copies.get(customer_id), desk.entries.get(customer_id)
    inside = entry is not None and entry.state != State.LEFT
    if copy is None or entry is None or customer_id not in (desk.seen_inside if inside else desk.seen):
        raise NotFound()
    if inside:
        raise WrongState(entry.state, code="already_in_pool")
    pool = desk.pools[pool_id or desk.map.pool_for(copy.owner_id, copy.region)]
    if not rules.may(desk.levels[pool.id], "send") and not (copy.owner_id == desk.me and rules.may(desk.best, "send", owns=True)):
        raise Forbidden("not_your_customer")
    if not pool.enabled:
        raise Conflict("pool_is_off")
    enter(desk, entry, copy, pool.id, "send", reason=reason)


def enter(desk: Desk, entry: PoolEntry, copy: CustomerCopy, pool_id: str, action: str, **facts: Any) -> None:
    """Bring an ordinary customer into a pool, by hand or by a rule."""
    before = Standing(pool_id, copy.owner_id, Goal.NONE.value, None, copy.owned_since)
    entry.customer_name, entry.level, entry.region = copy.name, copy.level, copy.region
    entry.enter(pool_id=pool_id, at=desk.call.now)
    desk.record(entry, action, before, **facts)


def withdraw(desk: Desk, customer_id: str, reason: str) -> None:
    """轉普通: a pool customer becomes an ordinary one."""
    leave(desk, desk.entry(customer_id, "withdraw"), "withdraw", reason=reason)


def leave(desk: Desk, entry: PoolEntry, action: str, *, reason: str = "") -> None:
    """Take a customer out of its pool, keeping its owner."""
    before = entry.standing()
    entry.leave()
    desk.record(entry, action, before, reason=reason)


def claim(desk: Desk, customer_id: str, reason: str) -> None:
    """領取: take an unassigned customer for oneself. Exactly one of several claimers wins."""
    entry = _free_entry(desk, customer_id, "claim")
    pool = desk.pools[entry.pool_id]
    quota = _quota(desk, pool, desk.me)
    quota.check_capacity(pool)
    quota.check_claim(pool, customer_id, desk.call.today)
    _take(desk, entry, desk.me, "claim", reason)
    quota.claimed += 1


def assign(desk: Desk, customer_id: str, owner_id: str, reason: str) -> None:
    """分配: give an unassigned customer to a member of its pool. The limit counts; quota and cool-down are for claims."""
    entry = _free_entry(desk, customer_id, "assign")
    pool = desk.pools[entry.pool_id]
    if owner_id not in pool.members:
        raise Conflict("not_in_this_pool")
    _quota(desk, pool, owner_id).check_capacity(pool)
    _take(desk, entry, owner_id, "assign", reason)


def release(desk: Desk, customer_id: str, reason: str) -> None:
    """釋放: give a customer back; users only their own."""
    give_back(desk, desk.entry(customer_id, "release"), "release", reason=reason)


def give_back(desk: Desk, entry: PoolEntry, action: str, *, reason: str = "") -> None:
    """Take a customer from its owner; it is unassigned again."""
    before = entry.standing()
    entry.give_back(at=desk.call.now)
    desk.record(entry, action, before, reason=reason)


def extend(desk: Desk, customer_id: str, days: int, reason: str) -> None:
    """延期: move the deadline by whole days."""
    entry = desk.entry(customer_id, "extend")
    before = entry.standing()
    entry.extend(until=desk.end_in(days, after=entry.protected_until))
    desk.record(entry, "extend", before, reason=reason, days=days)


def achieve(desk: Desk, entry: PoolEntry) -> None:
    """已達成: the goal is reached; the days that were left are kept for the case that it is lost again."""
    before = entry.standing()
    deadline = desk.day_of(entry.protected_until or desk.call.now)
    entry.achieve(days_left=rules.days_left(deadline, desk.call.today))
    desk.record(entry, "goal_achieved", before)


def move(desk: Desk, customer_id: str, pool_id: str, reason: str) -> None:
    """Put a customer into another pool, with its owner and deadline. Takes an administrator of both."""
    entry = desk.entry(customer_id, "move")
    if not rules.may(desk.levels[pool_id], "move"):
        raise Forbidden("not_a_pool_administrator")
    if not desk.pools[pool_id].enabled:
        raise Conflict("pool_is_off")
    before = entry.standing()
    entry.move(pool_id=pool_id)
    desk.record(entry, "move", before, reason=reason)


def change_all(desk: Desk, pool_id: str, action: str, values: dict[str, Any]) -> int:
    """Set columns of every customer of a pool at once, however many there are. Answers how many.

    The same ledger rows and events as one by one, in a handful of statements.
    """
    inside = (PoolEntry.pool_id == pool_id, PoolEntry.state != State.LEFT.value)
    rows = desk.db.execute(select(PoolEntry.__table__).where(*inside).with_for_update()).all()
    for row in rows:
        before = Standing(row.pool_id, row.owner_id, row.goal, row.protected_until, row.claimed_at or row.entered_at)
        new = PoolEntry(**{**row._mapping, **values})
        desk.rows.append(desk.ledger_row(row.id, action, before, replace(new.standing(), baseline=before.baseline)))
        told = new.told(EVENTS[action], from_owner_id=row.owner_id, actor_id=desk.me or None)
        desk.told.append(replace(told, version=row.version + 1))
    changed = {**values, "version": PoolEntry.version + 1, "updated_at": desk.call.now, "updated_by": desk.me or None}
    desk.db.execute(update(PoolEntry).where(*inside).values(changed), execution_options={"synchronize_session": False})
    _lapse_requests(desk.db, ExtensionRequest.pool_id == pool_id)
    _write(desk)
    return len(rows)


def check_member(db: Session, owner_id: str) -> None:
    """Raise Invalid when customers can be assigned to somebody in no pool at all."""
    person = db.get(Person, owner_id)
    if not any(owner_id in pool.members for pool in all_pools(db)) or (person is not None and not person.is_active):
        raise Invalid.field("owner_id", "not_a_pool_member")


def check_pool(db: Session, pool_id: str | None) -> None:
    """Raise Invalid when a pool named does not exist."""
    if pool_id is not None and pool_id not in {pool.id for pool in all_pools(db)}:
        raise Invalid.field("pool_id", "not_found")


def add_entries(db: Session, customer_ids: Iterable[str], now: datetime) -> None:
    """Give known customers that never were in a pool a row to lock, so that two senders at once wait for each other."""
    new = select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(list(customer_ids)))
    missing = new.where(~select(PoolEntry.id).where(PoolEntry.id == CustomerCopy.id).exists()).order_by(CustomerCopy.id)
    rows = [
        {"id": customer_id, "customer_name": name, "pool_id": "", "state": State.LEFT.value, "goal": Goal.NONE.value, "version": 1,
         "created_at": now, "updated_at": now}
        for customer_id, name in db.execute(missing)
    ]  # fmt: skip
    if rows:
        add_missing(db, PoolEntry, *rows)


def _quota(desk: Desk, pool: Pool, user_id: str) -> Quota:
    if (pool.id, user_id) not in desk.quotas:
        desk.quotas[pool.id, user_id] = open_quota(desk.call, pool, user_id, desk.customer_ids)
    return desk.quotas[pool.id, user_id]


def _free_entry(desk: Desk, customer_id: str, action: str) -> PoolEntry:
    entry = desk.entry(customer_id, action)
    if entry.state == State.ASSIGNED:
        raise Conflict("already_claimed", owner=desk.owner_names.get(entry.owner_id or "") or "?")
    return entry


def _take(desk: Desk, entry: PoolEntry, owner_id: str, action: str, reason: str) -> None:
    pool, before = desk.pools[entry.pool_id], entry.standing()
    entry.take(owner_id=owner_id, until=desk.end_in(pool.protection_days), at=desk.call.now)
    desk.record(entry, action, before, reason=reason, baseline=entry.claimed_at)
    _quota(desk, pool, owner_id).held += 1


def _write(desk: Desk) -> None:
    if desk.rows:
        desk.db.flush()
        desk.db.execute(insert(Ledger), desk.rows)
        publish(desk.db, *desk.told)
    desk.rows, desk.told = [], []


def _lapse_requests(db: Session, of: ColumnElement[bool]) -> None:
    waiting = select(ExtensionRequest).where(of, ExtensionRequest.status == RequestStatus.PENDING.value).order_by(ExtensionRequest.id)
    requests = db.scalars(waiting.with_for_update().execution_options(populate_existing=True)).all()
    names = names_of(db, (request.owner_id for request in requests))
    publish(db, *(request.lapse(requester_name=names.get(request.owner_id or "", "")) for request in requests))
