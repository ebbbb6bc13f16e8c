"""Reminders: private, made once per fact, told in the reader's language."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.activity.models import Reminder
from services.activity.rules import ReminderKind
from services.activity.service import ActivityService
from shared.contracts.activity import ReminderCreated, ReminderUpdated
from shared.contracts.customer import (
    FollowUpCreated,
    FollowUpDeleted,
    FollowUpUpdated,
    TicketAssigned,
    TicketClosed,
    TicketDeleted,
    TicketEvent,
    TicketOverdue,
    TicketReopened,
    TicketResolved,
)
from shared.contracts.finance import PlanCancelled, PlanDue, PlanOverdue, PlanPaid, ReceiptRecorded
from shared.contracts.identity import UserCreated
from shared.contracts.pool import (
    CustomerEntered,
    CustomerExpiring,
    CustomerExtended,
    CustomerGoalAchieved,
    CustomerReassigned,
    CustomerRecycled,
    CustomerReleased,
    CustomerWithdrawn,
    Words,
)
from shared.contracts.sales import OrderApproved, OrderVoided
from shared.errors import WrongState
from tests.office import refusal

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OPEN = '{"field": "status", "op": "eq", "value": "open"}'


@pytest.mark.parametrize("status", ["open", "done"])
def test_only_an_open_reminder_is_finished_or_snoozed(status: str) -> None:
    for act in (lambda one: one.finish(), lambda one: one.snooze(NOW)):
        reminder = Reminder(id="r", kind=ReminderKind.PERSONAL.value, remind_at=NOW, status=status)
        if status == "open":
            act(reminder)
        else:
            with pytest.raises(WrongState):
                act(reminder)


def test_ones_own_reminders_are_nobody_elses(door_of: Any, caller: Any) -> None:
    door, me, other = door_of(ActivityService), caller("me"), caller("other")
    made = door.call("create_reminder", me, text="Call Ann", remind_at="2026-11-24T09:00:00+08:00")
    assert (made["kind"], made["status"], made["remind_at"]) == ("personal", "open", "2026-11-24T01:00:00Z")
    for method, asked in (
        ("get_reminder", {}), ("update_reminder", {"version": 1, "text": "x"}), ("delete_reminder", {}), ("reminder_history", {}), ("finish_reminder", {}),
        ("snooze_reminder", {"until": "2026-12-01T00:00:00Z"}),
    ):  # fmt: skip
        assert refusal(door, method, other, id=made["id"], **asked).status == 404
    assert door.call("list_reminders", other)["total"] == 0
    assert refusal(door, "create_reminder", me, text="x", remind_at="2026-11-24T09:00:00").fields == {"remind_at": "invalid_moment"}
    assert refusal(door, "update_reminder", me, id=made["id"], version=1, status="done").fields == {"status": "read_only"}
    assert door.call("snooze_reminder", me, id=made["id"], until="2026-12-01T00:00:00Z")["remind_at"] == "2026-12-01T00:00:00Z"
    assert door.call("finish_reminder", me, id=made["id"])["status"] == "done"
    assert refusal(door, "finish_reminder", me, id=made["id"]).status == 409


def test_a_fact_reminds_once_and_a_later_one_again(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    overdue = PlanOverdue(
        plan_id="p", number="PP1", order_id="o", customer_id="c", owner_id=me.user_id, period=1, due_on=date(2026, 11, 1), amount=Decimal("1234567.50"),
        received=Decimal("0.00"), status="unpaid", version=2,
    )  # fmt: skip
    for event in (overdue, overdue, replace(overdue, version=3), replace(overdue, owner_id=None, version=4)):
        door.deliver(event)
    assert door.call("list_reminders", me)["total"] == 2
    texts = {door.call("list_reminders", replace(me, language=language))["items"][0]["text"] for language in ("en", "zh-CN", "zh-TW")}
    assert len(texts) == 3
    assert all("PP1" in text and "1,234,567.50" in text for text in texts)


def test_a_promised_visit_is_reminded_of_at_nine_in_the_organisations_morning(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    told = FollowUpCreated(
        follow_up_id="f", customer_id="c", customer_name="Acme", owner_id=me.user_id, kind="call", summary="s", contacted_at=NOW,
        next_visit_on=date(2026, 12, 1), version=1,
    )  # fmt: skip
    door.deliver(told)
    door.deliver(replace(told, follow_up_id="g", next_visit_on=None))
    (reminder,) = door.call("list_reminders", me)["items"]
    assert (reminder["kind"], reminder["remind_at"]) == ("next_visit", "2026-12-01T01:00:00Z")

    def visit() -> tuple[str, str]:
        (one,) = door.call("list_reminders", me)["items"]
        return one["remind_at"], one["status"]

    corrected = FollowUpUpdated(**{one.name: getattr(told, one.name) for one in fields(told)})
    door.call("snooze_reminder", me, id=reminder["id"], until="2026-12-01T05:00:00Z")
    door.deliver(replace(corrected, summary="another word", version=2))
    assert visit() == ("2026-12-01T05:00:00Z", "open"), "the day is the same"
    door.deliver(replace(corrected, next_visit_on=date(2026, 12, 3), version=3))
    assert visit() == ("2026-12-03T01:00:00Z", "open"), "it moves with the day"
    door.deliver(replace(corrected, next_visit_on=None, version=4))
    assert visit() == ("2026-12-03T01:00:00Z", "done")
    door.deliver(replace(corrected, version=5))
    assert visit() == ("2026-12-01T01:00:00Z", "open")
    for _ in range(2):
        door.deliver(FollowUpDeleted(follow_up_id="f", customer_id="c", version=6))
    assert visit()[1] == "done"
    door.deliver(replace(corrected, version=7))
    assert visit() == ("2026-12-01T01:00:00Z", "open"), "it came back from the recycle bin"


def test_a_late_ticket_is_told_to_who_works_on_it_and_their_manager(door_of: Any, caller: Any) -> None:
    door, worker, boss, owner = door_of(ActivityService), *(caller(name) for name in ("worker", "boss", "owner"))
    for person, manager in ((worker, boss), (owner, None), (boss, None)):
        door.deliver(
            UserCreated(
                user_id=person.user_id, name=person.name, manager_id=manager and manager.user_id, department_id=None, roles=(), is_active=True, version=1
            )
        )  # fmt: skip
    late = TicketOverdue(
        ticket_id="t", number="TK1", title="It leaks", customer_id="c", owner_id=owner.user_id, assignee_id=worker.user_id, status="assigned",
        fault_type="other", product_id=None, due_at=NOW, version=3,
    )  # fmt: skip
    for event in (late, late, replace(late, ticket_id="u", assignee_id=None)):
        door.deliver(event)
    assert [[one["record_id"] for one in door.call("list_reminders", who)["items"]] for who in (worker, boss, owner)] == [
        ["t"],
        ["t"],
        ["u"],
    ]


def test_a_warning_of_the_pool_ends_with_its_deadline(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")

    def open_ones() -> int:
        return sum(one["kind"] == "pool_expiring" for one in door.call("list_reminders", me, filter=OPEN)["items"])

    entry = {
        "customer_id": "c", "customer_name": "Acme", "pool_id": "1", "pool_status": "assigned", "owner_id": caller("other").user_id,
        "from_owner_id": me.user_id, "protected_until": NOW, "goal": "pending", "actor_id": None, "reason": "", "days": None,
    }  # fmt: skip
    for day, settling in enumerate(
        (CustomerExtended, CustomerGoalAchieved, CustomerReleased, CustomerRecycled, CustomerReassigned, CustomerWithdrawn, CustomerEntered), start=1
    ):  # fmt: skip
        door.deliver(CustomerExpiring(
            customer_id="c", customer_name="Acme", owner_id=me.user_id, rule="protection_period", counted_from=date(2026, 11, 1),
            takes_on=date(2026, 12, day), countdown=(Words(language="en", text="2 days left"),),
        ))  # fmt: skip
        assert open_ones() == 1
        door.deliver(settling(**entry, version=day))
        assert open_ones() == 0


def test_a_ticket_reminds_whoever_has_to_work_on_it(door_of: Any, caller: Any) -> None:
    door, ann, ben = door_of(ActivityService), caller("ann"), caller("ben")
    given = TicketAssigned(
        ticket_id="t", number="TK1", title="It leaks", customer_id="c", owner_id=None, assignee_id=ann.user_id, status="assigned", fault_type="other",
        product_id=None, due_at=NOW, version=2,
    )  # fmt: skip

    def deliver(kind: type[TicketEvent], version: int, who: Any) -> list[int]:
        values = {one.name: getattr(given, one.name) for one in fields(given)}
        for _ in range(2):
            door.deliver(kind(**values | {"version": version, "assignee_id": who.user_id}))
        return [door.call("list_reminders", one, filter=OPEN)["total"] for one in (ann, ben)]

    assert deliver(TicketAssigned, 2, ann) == [1, 0]
    assert deliver(TicketAssigned, 3, ben) == [0, 1], "it is another's now"
    assert deliver(TicketOverdue, 4, ben) == [0, 2]
    assert deliver(TicketResolved, 5, ben) == [0, 0]
    assert deliver(TicketReopened, 6, ben) == [0, 1], "it came back"
    assert deliver(TicketClosed, 7, ben) == [0, 0]
    assert deliver(TicketReopened, 8, ben) == [0, 1]
    assert deliver(TicketDeleted, 9, ben) == [0, 0]


def test_an_approval_is_news_until_money_comes_in_or_the_order_is_void(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    about: dict[str, Any] = {"number": "SO1", "subject": "Pumps", "customer_id": "c", "owner_id": me.user_id, "order_date": date(2026, 11, 1),
                             "total": Decimal("9.00"), "status": "approved"}  # fmt: skip

    def open_ones() -> list[str]:
        return sorted(one["record_id"] for one in door.call("list_reminders", me, filter=OPEN)["items"])

    for order_id in ("paid", "void", "rest"):
        door.deliver(OrderApproved(order_id=order_id, **about, version=3, approved_by="b", approved_at=NOW, submitted_by=me.user_id))
    assert open_ones() == ["paid", "rest", "void"]
    receipt = ReceiptRecorded(receipt_id="r", number="RC1", customer_id="c", order_id=None, plan_id=None, owner_id=None, amount=Decimal("1.00"),
                              received_on=date(2026, 11, 2), recorded_at=NOW, version=1)  # fmt: skip
    door.deliver(receipt)
    assert open_ones() == ["paid", "rest", "void"], "an advance is of no order"
    door.deliver(replace(receipt, receipt_id="s", order_id="paid"))
    door.deliver(OrderVoided(order_id="void", **about, version=4, reason="r", voided_at=NOW))
    assert open_ones() == ["rest"]


def test_an_instalment_reminds_once_at_a_time_until_it_is_paid(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    about: dict[str, Any] = {"plan_id": "p", "number": "PP1", "order_id": "o", "customer_id": "c", "owner_id": me.user_id, "period": 1,
                             "due_on": date(2026, 11, 1), "amount": Decimal("5.00"), "received": Decimal("0.00"), "status": "unpaid"}  # fmt: skip
    for event, left in ((PlanDue(**about, version=1), ["plan_due"]), (PlanOverdue(**about, version=2), ["plan_overdue"]),
                        (PlanOverdue(**about, version=3), ["plan_overdue"]), (PlanPaid(**about, version=4), []), (PlanOverdue(**about, version=5), ["plan_overdue"]),
                        (PlanCancelled(**about, version=6), [])):  # fmt: skip
        door.deliver(event)
        found = door.call("list_reminders", me, filter=OPEN)["items"]
        assert [one["kind"] for one in found] == left


def test_a_visit_is_made_by_being_in_touch_on_its_day(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    told = FollowUpCreated(
        follow_up_id="f", customer_id="c", customer_name="Acme", owner_id=me.user_id, kind="call", summary="s", contacted_at=NOW,
        next_visit_on=date(2026, 12, 1), version=1,
    )  # fmt: skip
    door.deliver(told)
    # In Shanghai the first of December begins while it is still November in Greenwich.
    for number, (at, customer, left) in enumerate(
        (("2026-11-30T15:59:00", "c", 1), ("2026-11-30T16:01:00", "d", 1), ("2026-11-30T16:01:00", "c", 0))
    ):
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        door.deliver(replace(told, follow_up_id=f"g{number}", customer_id=customer, contacted_at=moment, next_visit_on=None))
        assert door.call("list_reminders", me, filter=OPEN)["total"] == left


def test_what_becomes_of_a_reminder_is_told_with_its_owner(door_of: Any, caller: Any) -> None:
    door, me = door_of(ActivityService), caller("me")
    made = door.call("create_reminder", me, text="Call Ann", remind_at="2026-11-24T09:00:00+08:00")
    door.call("update_reminder", me, id=made["id"], version=made["version"], text="Call Ann at nine")
    door.call("snooze_reminder", me, id=made["id"], until="2026-12-01T00:00:00Z")
    door.call("finish_reminder", me, id=made["id"])
    told = [
        (type(one), one.text, one.is_open) for one in door.published(ReminderCreated, ReminderUpdated) if isinstance(one, ReminderCreated)
    ]
    assert told == [
        (ReminderCreated, "Call Ann", True), (ReminderUpdated, "Call Ann at nine", True), (ReminderUpdated, "Call Ann at nine", True),
        (ReminderUpdated, "Call Ann at nine", False),
    ]  # fmt: skip
    door.deliver(PlanOverdue(
        plan_id="p", number="PP1", order_id="o", customer_id="c", owner_id=me.user_id, period=1, due_on=date(2026, 11, 1), amount=Decimal("5.00"),
        received=Decimal("0.00"), status="unpaid", version=2,
    ))  # fmt: skip
    system = door.published(ReminderCreated)[-1]
    assert isinstance(system, ReminderCreated)
    assert (system.user_id, system.kind, system.text) == (me.user_id, "plan_overdue", "")
