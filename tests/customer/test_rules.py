"""When two names are the same, and what a follow-up leaves on its customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from services.customer import rules


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd.", "ACME  ltd"),
        ("上海（公海）", "上海公海"),
        ("ＡＢＣ", "abc"),
        ("A-B_C", "a b c"),
        ("Straße", "STRASSE"),
        ("é", "e\u0301"),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    assert rules.name_key(one) == rules.name_key(other)


def test_other_names() -> None:
    assert rules.name_key("Acme 1") != rules.name_key("Acme 2")
    assert rules.name_key("...") == ""


@dataclass
class Told:
    summary: str
    contacted_at: datetime
    next_visit_on: date | None = None


def test_latest_is_the_newest_and_the_visit_the_newest_that_names_one() -> None:
    new, old = Told("new", datetime(2026, 2, 2, tzinfo=UTC)), Told("old", datetime(2026, 1, 1, tzinfo=UTC), date(2026, 3, 3))
    assert rules.latest([]) == (None, None, None)
    assert rules.latest([new, old]) == ("new", new.contacted_at, date(2026, 3, 3))
    assert rules.latest([new]) == ("new", new.contacted_at, None)
