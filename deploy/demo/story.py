"""What happened in the demo company, made up from a fixed seed: pure, so that two demo companies are alike."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from deploy.demo import words

MONTHS = 18
# Spring festival empties February, half-year and year ends fill June and December.
SEASON = {1: 0.8, 2: 0.5, 3: 1.0, 4: 1.0, 5: 1.05, 6: 1.3, 7: 0.9, 8: 0.9, 9: 1.05, 10: 0.95, 11: 1.15, 12: 1.4}
GROWTH_PER_MONTH = 0.035


@dataclass
class Deal:
    """An order: lines as (product number, quantity, discount), and how it ended."""

    customer: int
    ordered_on: date
    subject: str
    lines: list[tuple[int, int, int]]
    fate: str = "approved"


@dataclass
class Account:
    """A customer with the people there and what was said."""

    seller: str
    body: dict[str, Any]
    contacts: list[dict[str, Any]]
    talks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Trouble:
    """Something that does not work at a customer, and how far its repair came."""

    customer: int
    product: int
    told: tuple[Any, ...]
    channel: str
    fate: str


@dataclass
class Story:
    """Everything, in an order in which it can be entered. `pooled` are numbers of customers by what becomes of them, `large` is the order that two have to approve."""

    products: list[dict[str, Any]]
    accounts: list[Account]
    deals: list[Deal]
    quotes: list[tuple[int, list[tuple[int, int, int]]]]
    pooled: dict[str, list[int]]
    troubles: list[Trouble]
    large: Deal


def tell(today: date, *, scale: float = 1.0) -> Story:
    """A story that ends today; `scale` 1 has 300 customers, 60 products and 260 orders."""
    chance = random.Random(20260901)
    count = max(20, round(300 * scale))
    buyers = max(8, round(130 * scale))
    products = [_product(number, chance) for number in range(max(10, round(60 * scale)))]
    deals = _deals(today, chance, max(16, round(260 * scale)), buyers, products)
    accounts = _accounts(today, chance, count, {deal.customer: deal.ordered_on for deal in deals}, buyers)
    courted = [number for number in range(buyers, count) if accounts[number].body["status"] == "negotiating"]
    quotes = [(number, _lines(chance, products)) for number in courted[: max(4, round(45 * scale))]]
    rest = [number for number in range(buyers, count) if number not in {number for number, _ in quotes}]
    chance.shuffle(rest)
    free, claimed = max(3, round(38 * scale)), max(2, round(30 * scale))
    pooled = {
        "free": rest[:free],
        "claimed": rest[free : free + claimed],
        "achieved": sorted({deal.customer for deal in deals if deal.fate == "approved"})[: max(2, round(18 * scale))],
    }
    return Story(
        products,
        accounts,
        deals,
        quotes,
        pooled,
        _troubles(chance, deals, products, max(8, round(36 * scale))),
        _large(deals, accounts, products),
    )


def _product(number: int, chance: random.Random) -> dict[str, Any]:
    family, letters, unit, lowest, highest, cost = words.GOODS[number % len(words.GOODS)]
    size = number // len(words.GOODS)
    price = Decimal(round((lowest + (highest - lowest) * size / 6) / 10) * 10)
    model = f"{letters}-{(size + 1) * 25}"
    spent = (price * (cost + chance.randrange(-4, 5)) / 100).quantize(Decimal("0.01"))
    return {
        "code": model, "name": f"{family} {model}", "category": family, "unit": unit, "list_price": f"{price}.00", "cost": str(spent),
        "tax_rate": "13", "description": f"{family}，规格 {model}，质保 12 个月",
    }  # fmt: skip


def _deals(today: date, chance: random.Random, count: int, buyers: int, products: list[dict[str, Any]]) -> list[Deal]:
    days = sorted(_day(today, chance) for _ in range(count))
    deals = []
    for number, day in enumerate(days):
        # A few customers buy often, most once or twice.
        customer = chance.randrange(max(2, buyers // 10)) if chance.random() < 0.3 else chance.randrange(buyers)
        lines = _lines(chance, products, big=number % 37 == 11)
        deals.append(Deal(customer, day, chance.choice(words.SUBJECTS), lines))
    for deal, fate in zip(
        reversed(deals), ("pending", "draft", "pending", "approved", "rejected", "draft", "pending", "draft"), strict=False
    ):
        deal.fate = fate
    for deal in deals[7 : len(deals) - 8 : 45]:
        deal.fate = "voided"
    return deals


def _large(deals: list[Deal], accounts: list[Account], products: list[dict[str, Any]]) -> Deal:
    """A customer of the south who bought before wants the dearest there is, right after everything else."""
    known = next(deal for deal in reversed(deals) if deal.fate == "approved" and words.BOSS[accounts[deal.customer].seller] == "lin")
    prices = {number: Decimal(product["list_price"]) for number, product in enumerate(products)}
    dearest = sorted(prices, key=prices.__getitem__)[-3:]
    each = int(words.LARGE_AMOUNT * 3 / 2 / sum(prices[number] for number in dearest)) + 1
    return Deal(known.customer, deals[-1].ordered_on, words.SUBJECTS[-1], [(number, each, 6) for number in dearest], "half_approved")


def _troubles(chance: random.Random, deals: list[Deal], products: list[dict[str, Any]], count: int) -> list[Trouble]:
    """What was sold breaks now and then; most of it is repaired, the latest is still being worked on."""
    sold = [deal for deal in deals if deal.fate == "approved"][-count:]
    fates = ("closed", "closed", "closed", "resolved", "closed", "reopened", "closed", "resolved")
    ends = ("started", "assigned", "started", "open", "assigned", "started", "open", "open")
    found = []
    for index, deal in enumerate(sold):
        product = deal.lines[0][0]
        told = chance.choice(words.TROUBLES[products[product]["category"]])
        fate = ends[index - len(sold) + len(ends)] if index >= len(sold) - len(ends) else fates[index % len(fates)]
        found.append(Trouble(deal.customer, product, told, chance.choice(words.ANSWERED_BY), fate))
    return found


def _day(today: date, chance: random.Random) -> date:
    """A working day of the last eighteen months, likelier the later, in season."""
    span = MONTHS * 30
    while True:
        ago = chance.randrange(1, span)
        day = today - timedelta(days=ago)
        likely = SEASON[day.month] * (1 + GROWTH_PER_MONTH * (span - ago) / 30)
        if day.weekday() < 5 and chance.random() * 2.4 < likely:
            return day


def _lines(chance: random.Random, products: list[dict[str, Any]], *, big: bool = False) -> list[tuple[int, int, int]]:
    chosen = chance.sample(range(len(products)), chance.choice((1, 1, 2, 2, 3, 4)))
    found = []
    for number in chosen:
        price = Decimal(products[number]["list_price"])
        usual = 20 if price < 1000 else 6 if price < 6000 else 2
        found.append(
            (number, chance.randrange(1, 2 * usual) * (8 if big else 1), chance.choice((0, 0, 0, 3, 5, 8) if not big else (10, 12)))
        )
    return found


def _accounts(today: date, chance: random.Random, count: int, bought: dict[int, date], buyers: int) -> list[Account]:
    abroad = list(words.ABROAD)[: max(2, round(len(words.ABROAD) * min(1.0, count / 300)))]
    places = {round((index + 0.5) * count / len(abroad)): one for index, one in enumerate(abroad)}
    names: set[str] = set()
    return [
        _abroad(today, chance, *places[number], bought.get(number)) if number in places
        else _home(today, chance, names, bought.get(number), lost=number >= buyers and chance.random() < 0.08)
        for number in range(count)
    ]  # fmt: skip


def _home(today: date, chance: random.Random, names: set[str], bought: date | None, *, lost: bool) -> Account:
    name, (city, brand, mail, trade) = _name(chance, names)
    team, code, districts = words.CITIES[city]
    domain = f"{mail}-{words.TRADES.index(trade) + 1}{list(words.CITIES).index(city) + 1}.example.com"
    talks = list(words.COURTSHIP)
    status, said = _standing(chance, bought, lost, talks)
    staff = chance.choice((35, 60, 85, 120, 180, 260, 400, 750, 1200))
    body = {
        "name": name, "short_name": f"{city}{brand}", "status": status, "level": _level(chance, bought), "industry": words.INDUSTRIES[trade], "region": city,
        "source": chance.choice(("referral", "web", "web", "exhibition", "exhibition", "phone", "partner")),
        "address": f"{city}市{chance.choice(districts)}{chance.choice(words.STREETS)}{chance.randrange(1, 999)}号",
        "phone": f"{code}-{chance.randrange(50000000, 89999999)}", "website": f"https://www.{domain}", "email": f"info@{domain}",
        "employees": staff, "annual_revenue": f"{staff * chance.randrange(40, 160) * 10_000}.00",
    }  # fmt: skip
    people = [
        _contact(chance, chance.choice(words.SURNAMES) + chance.choice(words.GIVEN), chance.choice(words.JOBS), domain, index)
        for index in range(chance.choice((1, 1, 1, 2)))
    ]
    return Account(chance.choice(words.TEAMS[team]), body, people, _talks(today, chance, said, bought))


def _name(chance: random.Random, names: set[str]) -> tuple[str, tuple[str, str, str, str]]:
    while True:
        city, (brand, mail), trade = chance.choice(list(words.CITIES)), chance.choice(words.BRANDS), chance.choice(words.TRADES)
        if f"{brand}{trade}" not in names:
            names.add(f"{brand}{trade}")
            return f"{city}{brand}{trade}{chance.choice(words.FORMS)}", (city, brand, mail, trade)


def _abroad(today: date, chance: random.Random, team: str, city: str, name: str, mail: str, bought: date | None) -> Account:
    taiwanese = team == "港台"
    domain = f"{mail}.example.com"
    body = {
        "name": name, "status": "customer" if bought else "negotiating", "level": chance.choice("AB"), "region": city,
        "source": chance.choice(("exhibition", "partner")), "phone": f"+{chance.choice((65, 886, 852, 44, 49))} {chance.randrange(20000000, 89999999)}",
        "website": f"https://www.{domain}", "email": f"info@{domain}", "employees": chance.choice((80, 150, 320, 900)),
    }  # fmt: skip
    who = chance.choice(words.TAIWANESE if taiwanese else words.FOREIGN)
    job = chance.choice(words.JOBS_TAIWANESE if taiwanese else words.JOBS_FOREIGN)
    said = list(words.TAIWANESE_TALK if taiwanese else words.FOREIGN_TALK)
    return Account(words.TEAMS[team][0], body, [_contact(chance, who, job, domain, 0)], _talks(today, chance, said, bought))


def _contact(chance: random.Random, name: str, job: str, domain: str, index: int) -> dict[str, Any]:
    mobile = f"1{chance.choice(('38', '39', '50', '58', '86', '87'))}{chance.randrange(10000000, 99999999)}"
    return {
        "name": name, "job_title": job, "decision_role": chance.choice(words.ROLES) if index == 0 and not name.isascii() else None,
        "is_primary": index == 0, "mobile": mobile, "email": f"contact{index + 1}@{domain}",
    }  # fmt: skip


def _level(chance: random.Random, bought: date | None) -> str:
    return chance.choice("AABBC") if bought else chance.choice("BCCD")


def _standing(chance: random.Random, bought: date | None, lost: bool, talks: list[Any]) -> tuple[str, list[Any]]:
    """Status and what was said so far, so that both fit."""
    if bought:
        return "customer", talks[-1:] + list(words.AFTER_SALE)[: chance.randrange(1, 4)]
    if lost:
        return "lost", [*talks[:1], chance.choice(words.DEAD_END)]
    reached = chance.choice((0, 0, 1, 2, 3, 6, 7))
    status = "potential" if reached == 0 else "contacted" if reached < 5 else "negotiating"
    return status, talks[max(0, reached - 2) : reached]


def _talks(today: date, chance: random.Random, said: list[Any], bought: date | None) -> list[dict[str, Any]]:
    """Follow-ups some weeks apart up to now; what leads to an order comes before it, what follows after it."""
    found = []
    day = today - timedelta(days=chance.randrange(1, 45))
    for kind, summary in reversed(said):
        if bought and (kind, summary) in words.COURTSHIP:
            day = min(day, bought - timedelta(days=2))
        elif bought and day <= bought:
            continue
        at = datetime.combine(day, time(chance.randrange(1, 9), chance.choice((0, 10, 25, 40))), UTC)
        found.append({"kind": kind, "summary": summary, "contacted_at": at.isoformat()})
        day -= timedelta(days=chance.randrange(6, 30))
    if found and chance.random() < 0.6:
        # Some visits are late, none was promised for a day before the talk.
        visit = max(
            today + timedelta(days=chance.randrange(-2, 21)), datetime.fromisoformat(found[0]["contacted_at"]).date() + timedelta(days=1)
        )
        found[0]["next_visit_on"] = visit.isoformat()
    return found[::-1]
