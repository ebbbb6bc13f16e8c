"""What the pool does by itself when days run out: warn, recycle, bring in. Each run is short; True asks for another.

Any number of replicas may run these: every customer is locked before it is looked at for the last time.
"""

from __future__ import annotations

from datetime import timedelta

from services.pool.customers import queries
from services.pool.customers.actions import Desk, achieve, add_entries, enter
from services.pool.customers.models import CustomerCopy, PoolEntry
from services.pool.deadlines.queries import Outlook, goal_key
from services.pool.deadlines.rules import Fate
from services.pool.rules import State
from shared import clock
from shared.bus import Call, publish
from shared.contracts.pool import CustomerExpiring, Words

AT_ONCE = 200


def recycle_due(call: Call) -> bool:
    """自動回收: take back what was not brought to its goal in time. Answers whether more may wait."""
    due = queries.due_entries(call.db, call.now, limit=AT_ONCE)
    if not due:
        return False
    outlook, ids = Outlook(call), [entry.id for entry in due]
    desk, facts = Desk.by_itself(call, ids), queries.goal_facts(call.db, ids)
    for entry in due:
        subject, _ = outlook.of_entry(entry, facts.get(entry.id, []))
        if subject.missing:
            before = entry.standing()
            entry.give_back(at=call.now)
            desk.record(entry, "recycle", before)
        else:
            achieve(desk, entry)
    desk.close()
    return len(due) == AT_ONCE


def enter_due(call: Call) -> bool:
    """自動進入: bring in the ordinary customers nobody looked after. Answers whether more may wait."""
    due = [row.id for row, _, fate in Outlook(call).ordinary(ahead=0) if fate.is_due(call.today)]
    if not due:
        return False
    now_due = due[:AT_ONCE]
    add_entries(call.db, now_due, call.now)
    desk, outlook = Desk.by_itself(call, now_due, hold=True), Outlook(call)
    for customer_id in now_due:
        entry, copy = desk.entries[customer_id], desk.copies.get(customer_id)
        if copy is not None and entry.state == State.LEFT:
            pool_id, fate = outlook.of_copy(copy)
            _enter_if_due(desk, entry, copy, pool_id, fate)
    desk.close()
    return len(due) > AT_ONCE


def warn_holders(call: Call) -> bool:
    """Tell owners of pool customers, once per deadline, that it comes near. Answers whether more may wait."""
    outlook = Outlook(call)
    until = {
        pool.id: clock.end_of_day(call.today + timedelta(days=pool.warn_days_before), outlook.zone)
        for pool in outlook.pools.values() if pool.warn_days_before
    }  # fmt: skip
    near = queries.entries_to_warn(call.db, call.now, until, limit=AT_ONCE)
    facts = queries.goal_facts(call.db, [entry.id for entry in near])
    warnings = []
    for entry in near:
        subject, fate = outlook.of_entry(entry, facts.get(entry.id, []))
        entry.warned_for = entry.protected_until
        if fate.takes_on:
            waits_for = goal_key(outlook.pools[entry.pool_id], subject)
            warnings.append(_warning(outlook, entry.id, entry.customer_name, entry.owner_id, fate, waits_for))
    publish(call.db, *warnings)
    return len(near) == AT_ONCE


def warn_owners(call: Call) -> bool:
    """Tell owners of ordinary customers that a rule will take them. Answers whether more may wait."""
    outlook = Outlook(call)
    ahead = max(pool.warn_days_before for pool in outlook.pools.values()) + 1
    near = [
        (row.id, fate) for row, pool_id, fate in outlook.ordinary(ahead)
        if fate.is_to_warn(call.today, outlook.pools[pool_id].warn_days_before) and row.warned_from != fate.counted_from
    ]  # fmt: skip
    now_near = dict(near[:AT_ONCE])
    warnings = []
    for copy in queries.locked_copies(call.db, list(now_near)):
        _, fate = outlook.of_copy(copy)
        if fate.takes_on and copy.warned_from != fate.counted_from:
            copy.warned_from, copy.warned_on = fate.counted_from, call.today
            warnings.append(_warning(outlook, copy.id, copy.name, copy.owner_id, fate, "ordinary"))
    publish(call.db, *warnings)
    return len(near) > AT_ONCE


def _enter_if_due(desk: Desk, entry: PoolEntry, copy: CustomerCopy, pool_id: str, fate: Fate) -> None:
    if fate.is_due(desk.call.today) and fate.counted_from:
        baseline = clock.start_of_day(fate.counted_from, desk.call.organisation.time_zone)
        enter(desk, entry, copy, pool_id, "enter", rule=fate.rule, baseline=baseline)


def _warning(outlook: Outlook, customer_id: str, name: str, owner_id: str | None, fate: Fate, waits_for: str) -> CustomerExpiring:
    assert fate.counted_from is not None and fate.takes_on is not None
    words = tuple(Words(language=language, text=said) for language, said in outlook.all_words(fate, waits_for).items())
    return CustomerExpiring(
        customer_id=customer_id, customer_name=name, owner_id=owner_id, rule=fate.rule, counted_from=fate.counted_from,
        takes_on=fate.takes_on, countdown=words,
    )  # fmt: skip
