"""The verbs of a pool customer, and the ledger's guards in models and migration."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import Any

import pytest

from services.pool.customers.models import PoolEntry
from services.pool.extension_requests.models import ExtensionRequest
from services.pool.ledger.models import GUARDS
from shared.errors import Conflict, WrongState

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LATER = datetime(2026, 11, 21, tzinfo=UTC)


def entry(state: str, goal: str = "none") -> PoolEntry:
    owner = "wang" if state == "assigned" else None
    until = LATER if goal == "pending" else None
    return PoolEntry(id="c", pool_id="p", customer_name="C", state=state, goal=goal, owner_id=owner, protected_until=until, claimed_at=NOW)


VERBS: dict[str, dict[str, Any]] = {
    "enter": {"pool_id": "q", "at": NOW},
    "take": {"owner_id": "li", "until": LATER, "at": NOW},
    "hand_over": {"owner_id": "li"},
    "give_back": {"at": NOW},
    "leave": {},
    "move": {"pool_id": "q"},
    "extend": {"until": LATER},
}


@pytest.mark.parametrize(
    ("state", "goal", "allowed"),
    [
        ("left", "none", {"enter"}),
        ("unassigned", "none", {"take", "leave", "move"}),
        ("assigned", "pending", {"hand_over", "give_back", "leave", "move", "extend"}),
        ("assigned", "achieved", {"hand_over", "give_back", "leave", "move"}),
    ],
)
def test_state_allows_its_verbs_and_no_others(state: str, goal: str, allowed: set[str]) -> None:
    for verb, arguments in VERBS.items():
        one = entry(state, goal)
        before = (one.state, one.goal, one.owner_id, one.pool_id, one.protected_until)
        if verb in allowed:
            getattr(one, verb)(**arguments)
        else:
            with pytest.raises(Conflict):
                getattr(one, verb)(**arguments)
            assert (one.state, one.goal, one.owner_id, one.pool_id, one.protected_until) == before, verb


def test_what_the_verbs_leave() -> None:
    one = entry("unassigned")
    one.take(owner_id="wang", until=LATER, at=NOW)
    assert (one.state, one.goal, one.owner_id, one.claimed_at, one.protected_until) == ("assigned", "pending", "wang", NOW, LATER)
    one.achieve(days_left=4)
    assert (one.goal, one.protected_until, one.days_left) == ("achieved", None, 4)
    one.reopen(until=LATER)
    assert (one.goal, one.protected_until, one.days_left) == ("pending", LATER, None)
    one.give_back(at=LATER)
    assert (one.state, one.goal, one.owner_id, one.entered_at, one.claimed_at, one.protected_until) == (
        "unassigned", "none", None, LATER, None, None,
    )  # fmt: skip
    one.leave()
    assert (one.state, one.goal) == ("left", "none")


def test_request_is_decided_once() -> None:
    request = ExtensionRequest(status="pending", days=10)
    request.grant(days=5, answer="", by="captain", at=NOW)
    assert (request.status, request.granted_days, request.answer, request.decided_by) == ("granted", 5, None, "captain")
    with pytest.raises(WrongState):
        request.refuse(answer="no", by="captain", at=NOW)


def test_migration_guards_the_ledger_as_the_models_do() -> None:
    migration = importlib.import_module("services.pool.migrations.versions.0002_append_only_ledger")
    assert migration.GUARDS == GUARDS
