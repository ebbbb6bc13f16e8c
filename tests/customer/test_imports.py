"""What comes in from files beside customers and contacts: follow-ups, tickets and articles, once each."""

from __future__ import annotations

import io
from typing import Any

import pytest

from services.customer import presets
from services.customer.service import CustomerService
from shared import clock, trail
from shared.caller import Caller
from shared.files import file_store
from tests.doors import TestDoor


@pytest.fixture
def door(door_of: Any) -> TestDoor:
    made: TestDoor = door_of(CustomerService)
    with made.database.transaction() as db:
        trail.begin(db, Caller.system(), clock.now())
        presets.load(db, made.settings)
    return made


def imported(door: TestDoor, me: Caller, module: str, *lines: str, duplicates: str = "skip") -> Any:
    key = door.call(f"begin_{module}_import", me)["file_key"]
    file_store(door.settings).put(key, io.BytesIO("\r\n".join(lines).encode()))
    job = door.call(f"import_{module}", me, file_key=key, file_name="old.csv", sha256="0" * 64, duplicates=duplicates)
    door.tick("carry_on_imports")
    checked = door.call("get_import", me, id=job["id"])
    if checked["can_commit"]:
        door.call("commit_import", me, id=job["id"])
        door.tick("carry_on_imports")
    return door.call("get_import", me, id=job["id"])


def test_follow_ups_come_in_and_show_on_their_customer(door: TestDoor, caller: Any) -> None:
    me = caller()
    customer = door.call("create_customer", me, name="Alpha")
    lines = (
        "customer_id,kind,summary,contacted_at,next_visit_on",
        "Alpha,call,First,2026-01-05 09:00,",
        "Alpha,visit,Second,2026-02-05 09:00,2026-03-01",
    )
    assert imported(door, me, "follow_ups", *lines)["counts"]["created"] == 2
    shown = door.call("get_customer", me, id=customer["id"])
    assert (shown["latest_progress"], shown["next_visit_on"]) == ("Second", "2026-03-01")
    again = imported(door, me, "follow_ups", *lines)["counts"]
    assert (again["created"], again["skipped"]) == (0, 2)
    bad = imported(door, me, "follow_ups", lines[0], "Nobody,call,x,2026-01-05 09:00,")
    assert (bad["counts"]["bad"], door.call("list_follow_ups", me)["total"]) == (1, 2)


def test_tickets_and_articles_come_in_once(door: TestDoor, caller: Any) -> None:
    me = caller()
    door.call("create_customer", me, name="Alpha")
    tickets = ("customer_id,title,fault_description,priority", "Alpha,Leak,It drips,high", "Alpha,Noise,It sings,")
    articles = ("title,problem,solution", "Drips,It drips,Seal it")
    for _ in range(2):
        imported(door, me, "tickets", *tickets)
        imported(door, me, "articles", *articles)
    rows = door.call("list_tickets", me, sort="title")["items"]
    assert [(row["title"], row["priority"], row["status"], row["number"][:2]) for row in rows] == [
        ("Leak", "high", "open", "TK"),
        ("Noise", "normal", "open", "TK"),
    ]
    changed = imported(door, me, "articles", articles[0], "Drips,It drips,Replace it", duplicates="update")
    assert (changed["counts"]["updated"], [one["solution"] for one in door.call("list_articles", me)["items"]]) == (1, ["Replace it"])
