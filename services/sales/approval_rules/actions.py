"""Writes of approval rules, and what they ask identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.approval_rules.models import ApprovalRule
from services.sales.approval_rules.queries import LIVE, last_position
from services.sales.approval_rules.rules import Holders, StepKind
from shared.bus import Call
from shared.caller import Caller
from shared.errors import Invalid, StaleVersion

MAY_APPROVE = "order:approve"
NAMES = {StepKind.USER: "user_id", StepKind.ROLE: "role_id"}


def create_rule(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> ApprovalRule:
    """Add a rule behind the others."""
    rule = ApprovalRule(position=last_position(db) + 1, **data)
    db.add(rule)
    return rule


def check_steps(call: Call, data: dict[str, Any]) -> None:
    """Before saving: each step says who decides it, and they are there. Raises Invalid naming the step."""
    steps = data.get("steps", ())
    for index, step in enumerate(steps):
        wanted = NAMES.get(step["kind"])
        for name in NAMES.values():
            if (step[name] is not None) != (name == wanted):
                raise Invalid.field(f"steps.{index}.{name}", "required" if name == wanted else "unknown_field")
    holders = ask_for_holders(call, steps, ())
    for index, step in enumerate(steps):
        if step["kind"] == StepKind.USER and step["user_id"] not in holders.users:
            raise Invalid.field(f"steps.{index}.user_id", "may_not_approve")
        if step["kind"] == StepKind.ROLE and step["role_id"] not in holders.roles:
            raise Invalid.field(f"steps.{index}.role_id", "not_found")


def ask_for_holders(call: Call, steps: Iterable[Mapping[str, Any]], owner_ids: Iterable[str | None]) -> Holders:
    """Ask identity, once, who may decide some steps of orders with these owners. Outside of a transaction."""
    users, roles = ({step[name] for step in steps} - {None} for name in NAMES.values())
    managed = {one for one in owner_ids if one} if any(step["kind"] == StepKind.MANAGER for step in steps) else set()
    if not (users or roles or managed):
        return Holders(frozenset(), {}, {})
    told = call.ask(
        "identity.vouch_for_holders", permission=MAY_APPROVE, user_ids=sorted(users), role_ids=sorted(roles), report_ids=sorted(managed)
    )
    return Holders(frozenset(told["user_ids"]), told["roles"], told["managers"])


def arrange(db: Session, ids: list[str]) -> None:
    """Put all rules in this order. Raises StaleVersion unless these are all there are."""
    rules = {rule.id: rule for rule in db.scalars(select(ApprovalRule).where(LIVE).with_for_update())}
    if rules.keys() != set(ids):
        raise StaleVersion
    for position, rule_id in enumerate(ids, 1):
        rules[rule_id].position = position
