"""Tickets and the knowledge base: from the call of a customer to what it taught."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.customer import presets
from services.customer.service import CustomerService
from services.customer.tickets import rules
from services.customer.tickets.models import Ticket
from services.customer.tickets.rules import TicketStatus
from shared import clock, trail
from shared.caller import Caller
from shared.contracts.customer import TicketAssigned, TicketOverdue, TicketReopened
from shared.contracts.identity import OrganisationUpdated, UserCreated
from shared.contracts.sales import ProductCreated
from shared.db import new_id
from shared.errors import WrongState
from tests.doors import Refused, TestDoor
from tests.kept import kept

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Desk:
    """The door of customer with one customer and one engineer."""

    def __init__(self, door_of: Any, me: Caller) -> None:
        self.door: TestDoor = door_of(CustomerService)
        self.me = me
        self._organisation, self._told = new_id(), 0
        with self.door.database.transaction() as db:
            trail.begin(db, Caller.system(), clock.now())
            presets.load(db, self.door.settings)
        self.keep_days(1, 2, 3, 4, 5, 6, 7)
        self.engineer = self.person("Engineer")
        self.product = new_id()
        self.door.deliver(ProductCreated(product_id=self.product, code="P", name="Pump", is_active=True, owner_id=None, version=1))
        self.customer = self("create_customer", name="Alpha")["id"]

    def __call__(self, method: str, caller: Caller | None = None, **kwargs: Any) -> Any:
        return self.door.call(method, caller or self.me, **kwargs)

    def keep_days(self, *working_days: int) -> None:
        self._told += 1
        told = OrganisationUpdated(
            organisation_id=self._organisation, name="Us", time_zone="Asia/Shanghai", currency="CNY", working_days=working_days, version=self._told
        )  # fmt: skip
        self.door.deliver(told)

    def person(self, name: str, manager_id: str | None = None) -> str:
        user_id = new_id()
        self.door.deliver(
            UserCreated(user_id=user_id, name=name, manager_id=manager_id, department_id=None, roles=(), is_active=True, version=1)
        )
        return user_id

    def ticket(self, **fields: Any) -> Any:
        return self(
            "create_ticket", **({"customer_id": self.customer, "title": "It leaks", "fault_description": "Water below the pump"} | fields)
        )


@pytest.fixture
def desk(door_of: Any, caller: Any) -> Desk:
    return kept(Desk, door_of, caller())


def a_ticket(status: TicketStatus) -> Ticket:
    ticket = Ticket(
        id=new_id(),
        number="TK1",
        title="x",
        customer_id=new_id(),
        status=status.value,
        created_at=NOW,
        due_at=NOW,
        reopened=0,
        fault_type="other",
    )
    ticket.assignee_id = None if status is TicketStatus.OPEN else new_id()
    return ticket


VERBS = {
    "assign": lambda ticket: ticket.assign(assignee_id=new_id()),
    "start": lambda ticket: ticket.start(),
    "resolve": lambda ticket: ticket.resolve(resolution="sealed", parts=None, cost=None, at=NOW),
    "close": lambda ticket: ticket.close(satisfaction=5, at=NOW),
    "reopen": lambda ticket: ticket.reopen(due_at=NOW),
}
ALLOWED = {
    ("open", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("assigned", "start"): "in_progress",
    ("assigned", "resolve"): "resolved",
    ("in_progress", "assign"): "assigned",
    ("in_progress", "resolve"): "resolved",
    ("resolved", "close"): "closed",
    ("resolved", "reopen"): "assigned",
    ("closed", "reopen"): "assigned",
}


@pytest.mark.parametrize("status", list(TicketStatus))
@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_moves_only_from_where_it_may(status: TicketStatus, verb: str) -> None:
    ticket = a_ticket(status)
    wanted = ALLOWED.get((status.value, verb))
    if wanted is None:
        with pytest.raises(WrongState):
            VERBS[verb](ticket)
        assert ticket.status == status.value
    else:
        assert VERBS[verb](ticket).status == ticket.status == wanted


def test_minutes_are_whole_and_never_negative() -> None:
    assert rules.minutes_between(NOW, NOW + timedelta(seconds=119)) == 1
    assert rules.minutes_between(NOW, NOW - timedelta(hours=1)) == 0


def test_ticket_is_due_by_the_service_level_of_its_priority(desk: Desk) -> None:
    levels = {"urgent": 2, "high": 10, "normal": 20, "low": 40}
    assert desk("update_service_levels", **levels) == levels
    for priority, hours in levels.items():
        ticket = desk.ticket(priority=priority)
        assert hours_of(ticket) == hours
    assert ticket["number"].startswith("TK")
    changed = desk("update_ticket", id=ticket["id"], version=ticket["version"], priority="urgent")
    assert hours_of(changed) == 2
    given = desk.ticket(due_at="2030-01-01T00:00:00Z")
    assert given["due_at"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("opened", "hours", "working_days", "due"),
    [
        ("2026-11-24T09:00", 4, (1, 2, 3, 4, 5), "2026-11-24T13:00"),
        ("2026-11-27T22:00", 4, (1, 2, 3, 4, 5), "2026-11-30T02:00"),
        ("2026-11-28T10:00", 1, (1, 2, 3, 4, 5), "2026-11-30T01:00"),
        ("2026-11-28T10:00", 1, (1, 2, 3, 4, 5, 6, 7), "2026-11-28T11:00"),
        ("2026-11-26T09:00", 72, (1, 2, 3, 4, 5), "2026-12-01T09:00"),
        ("2026-11-24T20:00", 4, (1, 2, 3, 4, 5), "2026-11-25T00:00"),
        ("2026-11-24T09:00", 24, (7,), "2026-11-30T00:00"),
    ],
)
def test_hours_count_on_working_days_of_the_organisations_zone(opened: str, hours: int, working_days: tuple[int, ...], due: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    found = rules.due_at(
        datetime.fromisoformat(opened).replace(tzinfo=zone).astimezone(UTC), hours, working_days=working_days, zone=str(zone)
    )
    assert found.astimezone(zone).strftime("%Y-%m-%dT%H:%M") == due


def test_a_day_when_the_clocks_change_has_as_many_hours_as_it_has() -> None:
    opened = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert rules.due_at(opened, 48, working_days=range(1, 8), zone="Europe/Berlin") == opened + timedelta(hours=48)


def test_a_ticket_goes_by_the_working_days_that_are_set(desk: Desk) -> None:
    today = clock.today(clock.now(), "Asia/Shanghai").isoweekday()
    desk.keep_days(*(day for day in range(1, 8) if day != today))
    assert hours_of(desk.ticket(priority="urgent")) > 4
    desk.keep_days(today)
    ticket = desk.ticket(priority="low")
    assert hours_of(ticket) > 168 * 6
    desk.keep_days(1, 2, 3, 4, 5, 6, 7)
    assert desk("get_ticket", id=ticket["id"])["due_at"] == ticket["due_at"], "what was promised stays"


def hours_of(ticket: Any) -> float:
    opened, due = (datetime.fromisoformat(ticket[name]) for name in ("created_at", "due_at"))
    return (due - opened).total_seconds() / 3600


def test_way_of_a_ticket(desk: Desk) -> None:
    ticket = desk.ticket(product_id=desk.product)
    assert (ticket["status"], ticket["product_name"], ticket["customer_name"]) == ("open", "Pump", "Alpha")
    assert "assign" in ticket["can"] and "close" not in ticket["can"]
    assigned = desk("assign_ticket", id=ticket["id"], assignee_id=desk.engineer)
    assert (assigned["status"], assigned["assignee_name"]) == ("assigned", "Engineer")
    assert [event.assignee_id for event in desk.door.published(TicketAssigned)] == [desk.engineer]
    desk("start_ticket", id=ticket["id"])
    resolved = desk("resolve_ticket", id=ticket["id"], resolution="New seal", parts="1 seal", cost="12.50")
    assert (resolved["status"], resolved["cost"], resolved["minutes_to_resolve"]) == ("resolved", "12.50", 0)
    article = desk("create_article_from_ticket", id=ticket["id"])
    assert (article["problem"], article["solution"]) == ("Water below the pump", "New seal")
    assert desk("list_articles", q="below")["total"] == 1
    with pytest.raises(Refused) as stale:
        desk("reopen_ticket", id=ticket["id"], version=1)
    assert (stale.value.status, stale.value.code) == (409, "stale_version")
    history = f'{{"field": "customer_id", "op": "eq", "value": "{desk.customer}"}}'
    assert [row["resolution"] for row in desk("list_tickets", filter=history, sort="-created_at")["items"]] == ["New seal"], (
        "what was repaired"
    )
    again = desk("reopen_ticket", id=ticket["id"])
    assert (again["status"], again["reopened"], again["resolved_at"]) == ("assigned", 1, None)
    assert len(desk.door.published(TicketReopened)) == 1
    desk("resolve_ticket", id=ticket["id"], resolution="New pump")
    closed = desk("close_ticket", id=ticket["id"], satisfaction=4)
    assert (closed["status"], closed["satisfaction"]) == ("closed", 4)


@pytest.mark.parametrize(
    ("method", "fields", "wrong"),
    [
        ("create_ticket", {"title": ""}, "title"),
        ("create_ticket", {"customer_id": "019ab000-0000-7000-8000-000000000000"}, "customer_id"),
        ("create_ticket", {"contact_id": "019ab000-0000-7000-8000-000000000000"}, "contact_id"),
        ("create_ticket", {"priority": "immediately"}, "priority"),
        ("create_ticket", {"status": "closed"}, "status"),
        ("assign_ticket", {"assignee_id": "019ab000-0000-7000-8000-000000000000"}, "assignee_id"),
        ("resolve_ticket", {"resolution": " "}, "resolution"),
        ("resolve_ticket", {"resolution": "x", "cost": "-1"}, "cost"),
        ("close_ticket", {"satisfaction": 6}, "satisfaction"),
    ],
)
def test_bad_input_names_the_field(desk: Desk, method: str, fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        if method == "create_ticket":
            desk.ticket(**fields)
        else:
            desk(method, id=desk.ticket()["id"], **fields)
    assert (refused.value.status, list(refused.value.fields)) == (422, [wrong])


def test_many_get_one_assignee_and_one_bad_id_spoils_nothing(desk: Desk) -> None:
    tickets = [desk.ticket()["id"] for _ in range(3)]
    desk("assign_ticket", id=tickets[2], assignee_id=desk.engineer)
    desk("resolve_ticket", id=tickets[2], resolution="done")
    answer = desk("batch_assign_tickets", ids=tickets, assignee_id=desk.engineer)
    assert answer["succeeded"] == 2
    assert [(item["id"], item["code"]) for item in answer["failed"]] == [(tickets[2], "wrong_state")]


def test_overdue_ticket_is_told_of_once(desk: Desk) -> None:
    late = desk.ticket(due_at="2020-01-01T00:00:00Z")
    solved = desk.ticket(due_at="2020-01-01T00:00:00Z")
    desk("assign_ticket", id=solved["id"], assignee_id=desk.engineer)
    desk("resolve_ticket", id=solved["id"], resolution="done")
    assert desk("get_ticket", id=late["id"])["overdue"] is True
    assert desk("get_ticket", id=solved["id"])["overdue"] is False
    for _ in range(2):
        desk.door.tick("escalate_tickets")
    assert [event.ticket_id for event in desk.door.published(TicketOverdue)] == [late["id"]]
    put_off = desk("update_ticket", id=late["id"], version=2, due_at="2100-01-01T00:00:00Z")
    desk.door.tick("escalate_tickets")
    desk("update_ticket", id=late["id"], version=put_off["version"], due_at="2021-01-01T00:00:00Z")
    desk.door.tick("escalate_tickets")
    assert len(desk.door.published(TicketOverdue)) == 2, "a new deadline is watched too"


def test_engineer_sees_what_is_theirs_and_no_more(desk: Desk, caller: Any) -> None:
    engineer = caller(user_id=desk.engineer, scopes={"tickets": "own", "customers": "all"})
    mine, other = desk.ticket(), desk.ticket()
    desk("assign_ticket", id=mine["id"], assignee_id=desk.engineer)
    assert [row["id"] for row in desk("list_tickets", engineer)["items"]] == [mine["id"]]
    for method, more in (("get_ticket", {}), ("resolve_ticket", {"resolution": "x"}), ("ticket_history", {})):
        with pytest.raises(Refused) as refused:
            desk(method, engineer, id=other["id"], **more)
        assert refused.value.status == 404
    counted = desk("ticket_statistics", engineer, by="assignee")["items"]
    assert [(row["label"], row["tickets"]) for row in counted] == [("Engineer", 1)]


def test_statistics_count_time_and_money(desk: Desk) -> None:
    for fault, late in (("defect", False), ("defect", True), ("wear", False)):
        ticket = desk.ticket(fault_type=fault, product_id=desk.product, due_at="2020-01-01T00:00:00Z" if late else "2100-01-01T00:00:00Z")
        desk("assign_ticket", id=ticket["id"], assignee_id=desk.engineer)
        if fault == "defect":
            desk("resolve_ticket", id=ticket["id"], resolution="x", cost="5.00")
    rows = {row["key"]: row for row in desk("ticket_statistics", by="fault_type")["items"]}
    assert (rows["defect"]["label"], rows["defect"]["tickets"], rows["defect"]["resolved"]) == ("Defect", 2, 2)
    assert (rows["defect"]["in_time_rate"], rows["defect"]["cost"], rows["defect"]["average_minutes"]) == ("50.00", "10.00", 0)
    assert (rows["wear"]["resolved"], rows["wear"]["in_time_rate"], rows["wear"]["average_minutes"]) == (0, None, None)
    assert desk("ticket_statistics", by="product")["items"][0]["label"] == "Pump"
    assert desk("ticket_statistics", by="product", **{"from": "2020-01-01", "to": "2020-12-31"})["items"] == []
