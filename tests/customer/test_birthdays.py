"""Contacts' birthdays: told once a year, on the day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.customer import rules
from services.customer.service import CustomerService
from shared.contracts.customer import ContactBirthday


@pytest.mark.parametrize(
    ("day", "born"),
    [
        (date(2026, 11, 24), [(11, 24)]),
        (date(2026, 2, 28), [(2, 28), (2, 29)]),
        (date(2028, 2, 28), [(2, 28)]),
        (date(2028, 2, 29), [(2, 29)]),
    ],
)
def test_leap_day_is_celebrated_every_year(day: date, born: list[tuple[int, int]]) -> None:
    assert rules.birthdays_on(day) == born


def test_birthday_is_told_once_to_whom_the_contact_belongs(door_of: Any, caller: Any) -> None:
    door, me = door_of(CustomerService), caller()
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    customer = door.call("create_customer", me, name="Ocean")["id"]
    ann = door.call("create_contact", me, customer_id=customer, name="Ann", birthday=today.replace(year=1984).isoformat())
    door.call("create_contact", me, customer_id=customer, name="Bob", birthday="1990-12-31" if today.month != 12 else "1990-01-31")
    for _ in range(2):
        door.tick("tell_birthdays")
    assert [(event.contact_id, event.owner_id) for event in door.published(ContactBirthday)] == [(ann["id"], me.user_id)]
    assert "update" in door.call("get_contact", me, id=ann["id"])["can"]
