"""The copy of the organisation's settings that every service keeps, and what goes by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import clock
from shared.codes import currencies, time_zones
from shared.contracts.identity import OrganisationUpdated
from shared.db.organisation import organisation_of
from tests.doors import TestDoor

LATE_EVENING = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
TOLD = OrganisationUpdated(
    organisation_id="019ab000-0000-7000-8000-000000000001", name="Northwind", time_zone="Pacific/Kiritimati", currency="NZD",
    working_days=(1, 2, 3), version=2,
)  # fmt: skip


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is half past eight in the evening, UTC."""
    monkeypatch.setattr(clock, "now", lambda: LATE_EVENING)


def kept(library: TestDoor) -> tuple[Any, ...]:
    with library.database.transaction(read=True) as db:
        return tuple(organisation_of(db))


def number(library: TestDoor, caller: Any) -> str:
    return str(library.call("create_book", caller(), title="Tides")["number"])


def test_days_are_those_of_the_settings_until_identity_tells(library: TestDoor, caller: Any) -> None:
    assert number(library, caller).split("-")[0].endswith("20261124")  # Half past four in the morning in Shanghai.
    library.deliver(replace(TOLD, time_zone="UTC"))
    assert number(library, caller).split("-")[0].endswith("20261123")


def test_older_news_changes_nothing(library: TestDoor) -> None:
    library.deliver(TOLD)
    library.deliver(replace(TOLD, name="Before", time_zone="UTC", version=1))
    library.deliver(TOLD)
    assert kept(library) == ("Northwind", "Pacific/Kiritimati", "NZD", (1, 2, 3))
    library.deliver(replace(TOLD, name="After", version=3))
    assert kept(library)[0] == "After"


def test_a_day_filter_asks_for_the_organisations_day(library: TestDoor, caller: Any) -> None:
    library.call("create_book", caller(), title="Tides", printed_on="2026-11-24")
    today = '{"field": "printed_on", "op": "today"}'
    assert library.call("list_books", caller(), filter=today)["total"] == 1
    library.deliver(replace(TOLD, time_zone="Europe/London"))
    assert library.call("list_books", caller(), filter=today)["total"] == 0


def test_the_standards_lists() -> None:
    assert {"CNY", "TWD", "HKD", "USD", "EUR"} <= currencies()
    assert not {"DEM", "XXX", "cny", ""} & currencies()
    assert {"Asia/Shanghai", "Asia/Taipei", "UTC"} <= time_zones()
    assert not {"Factory", "localtime", "", "posixrules"} & time_zones()
