"""The demo company's story: believable and always the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from deploy.demo import words
from deploy.demo.story import Deal, Story, tell

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(TODAY)


def test_is_as_large_as_promised_and_always_the_same(story: Story) -> None:
    assert (len(story.accounts), len(story.products), len(story.deals)) == (300, 60, 260)
    assert tell(TODAY) == story


def test_names_are_unique_and_of_everyday_characters(story: Story) -> None:
    names = [account.body["name"] for account in story.accounts]
    assert len(set(names)) == 300
    assert len({product["code"] for product in story.products}) == 60
    seen = Counter(character for name in names for character in name if character > "\u4e00")
    # Names are put together from parts; a character that stands once only would be an odd one.
    assert sum(seen[character] == 1 for character in seen) < 60
    assert sum(name.isascii() for name in names) >= 5
    assert any("業" in name for name in names)


def test_orders_spread_over_eighteen_months_and_grow(story: Story) -> None:
    days = [deal.ordered_on for deal in story.deals]
    assert min(days) < TODAY - timedelta(days=480)
    assert max(days) < TODAY
    assert all(day.weekday() < 5 for day in days)
    middle = TODAY - timedelta(days=270)
    assert sum(day > middle for day in days) > sum(day <= middle for day in days)
    fates = Counter(deal.fate for deal in story.deals)
    assert set(fates) == {"approved", "voided", "draft", "pending", "rejected"}
    assert all(deal.ordered_on > TODAY - timedelta(days=60) for deal in story.deals if deal.fate in ("draft", "pending"))
    amounts = sorted(
        sum(Decimal(story.products[number]["list_price"]) * quantity for number, quantity, _ in deal.lines) for deal in story.deals
    )
    assert amounts[-1] > 10 * amounts[len(amounts) // 2]


def test_follow_ups_fit_their_customers(story: Story) -> None:
    for account in story.accounts:
        times = [talk["contacted_at"] for talk in account.talks]
        assert times == sorted(times)
        assert all(time[:10] <= TODAY.isoformat() for time in times)
        assert all(contact["name"] for contact in account.contacts)
    assert all(account.body["status"] == "customer" for account in (story.accounts[deal.customer] for deal in story.deals))


def test_pool_holds_nobody_twice(story: Story) -> None:
    numbers = [number for group in story.pooled.values() for number in group]
    assert len(numbers) == len(set(numbers))
    buyers = {deal.customer for deal in story.deals}
    assert not buyers & {*story.pooled["free"], *story.pooled["claimed"]}
    assert set(story.pooled["achieved"]) <= buyers


def total(story: Story, deal: Deal) -> Decimal:
    return sum(
        (Decimal(story.products[number]["list_price"]) * quantity * (100 - discount) / 100 for number, quantity, discount in deal.lines),
        Decimal(0),
    )


@pytest.mark.parametrize("scale", [0.05, 1.0])
def test_one_order_is_large_enough_for_the_rule_and_starts_below_another_director(scale: float) -> None:
    story = tell(TODAY, scale=scale)
    assert total(story, story.large) >= words.LARGE_AMOUNT
    assert words.BOSS[story.accounts[story.large.customer].seller] == "lin"
    assert story.large.ordered_on >= max(deal.ordered_on for deal in story.deals)


@pytest.mark.parametrize("scale", [0.05, 0.1, 0.5])
def test_smaller_companies_hold_together(scale: float) -> None:
    story = tell(TODAY, scale=scale)
    assert all(deal.customer < len(story.accounts) for deal in story.deals)
    assert all(number < len(story.products) for deal in story.deals for number, _, _ in deal.lines)
    assert all(story.pooled.values())


def test_what_breaks_was_sold_and_most_of_it_is_repaired(story: Story) -> None:
    sold = {(deal.customer, deal.lines[0][0]) for deal in story.deals if deal.fate == "approved"}
    assert {(trouble.customer, trouble.product) for trouble in story.troubles} <= sold
    fates = Counter(trouble.fate for trouble in story.troubles)
    assert set(fates) == {"open", "assigned", "started", "resolved", "reopened", "closed"}
    assert fates["closed"] > len(story.troubles) / 3
