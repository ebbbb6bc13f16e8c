"""A month of a sales team at random: who does what is drawn by chance, and every row's `can` must be the truth about what is done."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shared.clock import now
from shared.db import new_id
from tests.journeys.client import Answered, Client, at_once

Row = dict[str, Any]
Chance = random.Random

RIGHTLY = {
    "cooling_down", "customer_is_deleted", "exceeds_order", "has_orders", "has_receipts", "invalid", "limit_reached",
    "not_a_pool_administrator", "not_in_this_pool", "not_the_approver", "not_your_customer", "over_collected", "own_order", "pool_is_off",
    "receipt_has_refunds", "refund_exceeds_receipt", "request_waits",
}  # fmt: skip
"""What refuses an action that `can` names: it hangs on the values given, on other records, or on how much somebody has taken."""

MODULES = {
    "customers": 5, "pool/customers": 5, "orders": 8, "payment-plans": 3, "receipts": 2, "follow-ups": 1, "pool/extension-requests": 2,
}  # fmt: skip
OFTEN = {"submit": 12, "approve": 12, "claim": 8, "assign": 8, "collect": 4, "delete": 1, "merge": 1, "withdraw": 1}
"""How often something is done that a row offers, beside all else."""
WAITS = frozenset({"approve", "claim", "assign", "collect"})
"""What people look for in a list first."""

POOL_VERBS = {"pool_assign": "assign", **{name: name for name in ("send", "claim", "assign", "release", "extend", "withdraw", "move")}}


class Walk:
    """The people of one company, two pools of their own, and what they do with the customers they make."""

    def __init__(self, company: Any, seed: int) -> None:
        self.company, self.chance, self.tag = company, Chance(seed), new_id()[-8:]
        self.numbers, self.done, self.wrong = itertools.count(1), Counter[str](), list[str]()
        self.captain = company.hire("captain", "pool_admin")
        self.outsider = company.hire("outsider", "sales_rep")
        self.wang, self.li, self.director, self.cashier = (
            one.twin() for one in (company.wang, company.li, company.director, company.cashier)
        )
        for person, language in ((self.li, "zh-TW"), (self.captain, "zh-CN"), (self.outsider, "zh-CN"), (self.cashier, "zh-TW")):
            person.session.headers["Accept-Language"] = language
        self.sellers = [self.wang, self.li, self.director]
        self.people = [
            *self.sellers,
            *self.sellers,
            company.director,
            company.admin,
            self.captain,
            self.outsider,
            company.cashier,
            company.cashier,
            company.admin,
        ]
        rules = {"enabled": True, "user_ids": [one.id for one in self.sellers], "admin_ids": [self.captain.id], "max_held": 5}
        self.pools = [
            company.admin.post("/pools", {"name": f"{place} {self.tag}", "regions": [f"{place} {self.tag}"], **rules})
            for place in ("East", "West")
        ]

    # What there is, as one person sees it

    def rows(self, person: Client, module: str, chance: Chance) -> list[Row]:
        """Some records of the walk that a person sees in a list; none for whoever may not open the list at all."""
        wanted: dict[str, Any] = {"page_size": 200}
        if module.startswith("pool/"):
            wanted |= {"pool_id": chance.choice(self.pools)["id"]} if module == "pool/customers" else {}
            wanted |= {"state": chance.choice(["unassigned", "assigned"])} if module == "pool/customers" else {"status": "pending"}
        try:
            found = person.get(f"/{module}", **wanted)["items"]
        except Answered as refused:
            assert refused.status in (403, 409), refused
            return []
        return [row for row in found if self.tag in f"{row.get('name')} {row.get('customer_name')}"]

    def one(self, person: Client, module: str, chance: Chance) -> Row | None:
        """One of them."""
        found = self.rows(person, module, chance)
        return chance.choice(found) if found else None

    # What somebody does

    def step(self, person: Client, chance: Chance, *, strict: bool) -> None:
        """One move: on a record as its row offers it, sometimes what it does not offer; or something new."""
        counts_money = person is self.cashier and chance.random() < 0.9
        if chance.random() < 0.3:
            self.try_it(make_receipt if counts_money else chance.choice(NEW), person, chance)
            return
        module = chance.choice(["payment-plans", "receipts"]) if counts_money else chance.choices(list(MODULES), list(MODULES.values()))[0]
        found = self.rows(person, module, chance)
        waiting = [one for one in found if not WAITS.isdisjoint(one["can"])]
        if not found:
            return
        row = chance.choice(waiting if waiting and chance.random() < 0.5 else found)
        offered = [action for action in VALUES[module] if action in row["can"]]
        drawn = offered if offered and chance.random() < 0.85 else list(VALUES[module])
        action = chance.choices(drawn, [OFTEN.get(one, 2) for one in drawn])[0]
        refused = self.act(person, module, action, row, chance)
        if strict:
            self.judge(person, module, action, row, refused, chance)

    def act(self, person: Client, module: str, action: str, row: Row, chance: Chance) -> Answered | None:
        """Do something with a record; gives how it was refused."""
        values = VALUES[module][action](self, row, chance)
        verb, address = POOL_VERBS.get(action) if "customers" in module else None, f"/{module}/{row['id']}"
        asked: dict[str, Callable[[], Any]] = {
            "update": lambda: person.patch(address, {"version": row["version"], **values}),
            "delete": lambda: person.delete(address),
            "collect": lambda: person.post("/payment-plans/batch-collect", {"ids": [row["id"]]}),
            "request_extension": lambda: person.post("/pool/extension-requests", {"customer_id": row["id"], **values}),
        }
        if verb:
            asked[action] = lambda: person.post(f"/pool/{verb}", {"customer_ids": [row["id"]], **values})
        plain = lambda: person.post(f"{address}/{action}", {"version": row["version"], **values})  # noqa: E731
        return self.tried(f"{module} {action}", person, asked.get(action, plain))

    def try_it(self, new: Callable[[Walk, Client, Chance], Any], person: Client, chance: Chance) -> None:
        """Do something that is on no row."""
        self.tried(new.__name__, person, lambda: new(self, person, chance))

    def tried(self, what: str, person: Client, ask: Callable[[], Any]) -> Answered | None:
        """Ask, and look at a refusal: it has a reason, in the language of whoever is refused."""
        try:
            ask()
        except Answered as refused:
            text = (refused.problem.get("failed") or [refused.problem])[0]["detail"]
            chinese = str(person.session.headers["Accept-Language"]).startswith("zh")
            if refused.status >= 500 or any("\u4e00" <= letter <= "\u9fff" for letter in text) != chinese:
                self.wrong.append(f"{person.name}: {what}: {refused}")
            self.done[f"{what}: {code_of(refused)}"] += 1
            return refused
        self.done[what] += 1
        return None

    def judge(self, person: Client, module: str, action: str, row: Row, refused: Answered | None, chance: Chance) -> None:
        """`can` was the truth; where news was on its way it is when that has come in."""
        if refused is None:
            if action not in row["can"]:
                self.wrong.append(f"{person.name} did {action} with {module} {row}")
            return
        for _ in range(40):
            if action not in row["can"] or code_of(refused) in RIGHTLY:
                return
            try:
                row = person.get(f"/{module}/{row['id']}")
            except Answered:
                return
            again = self.act(person, module, action, row, chance)
            if again is None:
                return
            refused = again
        self.wrong.append(f"{person.name} may not {action} {module} {row}: {refused}")

    def at_once(self) -> None:
        """Five people at the same moment, four moves each."""
        jobs = []
        for person in self.chance.sample(self.people, 5):
            twin, chance = person.twin(), Chance(self.chance.random())
            jobs.append(lambda twin=twin, chance=chance: [self.step(twin, chance, strict=False) for _ in range(4)])
        at_once(jobs)

    def leave(self) -> None:
        """Somebody comes, sells and leaves; what they hold goes to a colleague or to the pools."""
        chance, company = self.chance, self.company
        leaver = company.hire("leaver", "sales_rep", manager_id=company.director.id)
        for _ in range(3):
            make_customer(self, leaver, chance)
        [first, *_] = self.rows(leaver, "customers", chance)
        company.approved(leaver, first["id"])
        values = {"to_pool": chance.random() < 0.5, "handover_to": chance.choice(self.sellers).id}
        company.admin.post(f"/users/{leaver.id}/deactivate", {"version": company.admin.get(f"/users/{leaver.id}")["version"], **values})

    def change_rules(self) -> None:
        """Another rule for one of the pools while protections run; now and then one is switched off, and on again the next time."""
        admin, pool = self.company.admin, self.chance.choice(self.pools)
        now_set = admin.get(f"/pools/{pool['id']}")
        change = self.chance.choice([
            {"protection_days": self.chance.randint(1, 30)}, {"goal_events": self.chance.choice(["order", "receipt", "both", "either"])},
            {"goal_min_amount": self.chance.choice(["0.00", "50.00"])}, {"max_held": self.chance.choice([3, 20])},
            {"reclaim_cooldown_days": self.chance.choice([0, 2])}, {"count_achieved": self.chance.random() < 0.5},
            {"warn_days_before": self.chance.randint(0, 12)}, {"enabled": not now_set["enabled"], "confirm": True},
        ])  # fmt: skip
        admin.patch(f"/pools/{pool['id']}", {"version": now_set["version"], "enabled": True, **change})


def code_of(refused: Answered) -> str:
    """Why something was refused."""
    return str((refused.problem.get("failed") or [refused.problem])[0]["code"])


def money(chance: Chance) -> str:
    """An amount, odd cents included."""
    return f"{chance.choice([1, 10, 33, 50, 120])}.{chance.choice(['00', '01', '33', '99'])}"


def day(chance: Chance) -> str:
    """A day of the last or the next weeks."""
    return (now() + timedelta(days=chance.randint(-20, 20))).date().isoformat()


# What is new


def make_customer(walk: Walk, person: Client, chance: Chance) -> Any:
    region = chance.choice(walk.pools)["regions"][0]
    return person.post("/customers", {"name": f"{walk.tag} {next(walk.numbers)} Ltd", "region": region})


def make_order(walk: Walk, person: Client, chance: Chance) -> Any:
    customer = walk.one(person, "customers", chance)
    return customer and walk.company.order(person, customer["id"], price=money(chance), quantity=chance.choice([1, "0.5", 3]))


def make_follow_up(walk: Walk, person: Client, chance: Chance) -> Any:
    customer, told = walk.one(person, "customers", chance), {"kind": "call", "summary": f"Call {next(walk.numbers)}"}
    at = (now() - timedelta(hours=chance.randint(0, 300))).isoformat()
    return customer and person.post(
        "/follow-ups", {"customer_id": customer["id"], "contacted_at": at, "next_visit_on": day(chance), **told}
    )


def make_receipt(walk: Walk, person: Client, chance: Chance) -> Any:
    plan = walk.one(person, "payment-plans", chance)
    if plan and chance.random() < 0.8:
        amount = chance.choice([money(chance), plan["outstanding"]])
        return person.post("/receipts", {"plan_id": plan["id"], "amount": amount if Decimal(amount) else "1.00"})
    customer = walk.one(person, "customers", chance)
    return customer and person.post("/receipts", {"customer_id": customer["id"], "amount": money(chance)})


def make_split(walk: Walk, person: Client, chance: Chance) -> Any:
    order = walk.one(person, "orders", chance)
    if order is None or Decimal(order["total"]) < 1:
        return None
    half = (Decimal(order["total"]) / 2).quantize(Decimal("0.01"))
    parts = [{"due_on": day(chance), "amount": str(part)} for part in (half, Decimal(order["total"]) - half)]
    return person.post(f"/orders/{order['id']}/payment-plans", {"version": order["version"], "instalments": parts})


def take_back(walk: Walk, person: Client, chance: Chance) -> Any:
    module = chance.choice(["customers", "orders", "payment-plans", "follow-ups"])
    deleted = walk.one(person, f"{module}/deleted", chance)
    purge = deleted is not None and module == "customers" and chance.random() < 0.2
    return deleted and person.post(f"/{module}/{deleted['id']}/{'purge' if purge else 'restore'}")


def hand_over_order(walk: Walk, person: Client, chance: Chance) -> Any:
    order = walk.one(person, "orders", chance)
    return order and person.post("/orders/batch-assign", {"ids": [order["id"]], "owner_id": chance.choice(walk.sellers).id})


NEW = (
    make_customer,
    make_customer,
    make_order,
    make_order,
    make_order,
    make_follow_up,
    make_receipt,
    make_split,
    take_back,
    hand_over_order,
)


# The values that go with what is done to a record


def nothing(walk: Walk, row: Row, chance: Chance) -> Row:
    return {}


def anybody(walk: Walk, row: Row, chance: Chance) -> Row:
    return {"owner_id": chance.choice([*walk.sellers, walk.outsider]).id, "with_related": chance.random() < 0.5}


def a_member(walk: Walk, row: Row, chance: Chance) -> Row:
    return {"owner_id": chance.choice(walk.sellers).id}


def another_customer(walk: Walk, row: Row, chance: Chance) -> Row:
    other = [one["id"] for one in walk.rows(walk.company.admin, "customers", chance) if one["id"] != row["id"]]
    return {"from_id": chance.choice(other)}


def other_lines(walk: Walk, row: Row, chance: Chance) -> Row:
    line = {"product_id": walk.company.product["id"], "quantity": 1, "unit_price": money(chance)}
    return {"lines": [{**line, "discount": chance.choice(["0", "33.33", "100"])}]}


def approver(walk: Walk, row: Row, chance: Chance) -> Row:
    director, admin = walk.company.director, walk.company.admin
    return {"approver_id": (director if row["owner_id"] != director.id and chance.random() < 0.8 else admin).id}


def a_reason(walk: Walk, row: Row, chance: Chance) -> Row:
    return {"reason": "So it is"}


VALUES: dict[str, dict[str, Callable[[Walk, Row, Chance], Row]]] = {
    "customers": {
        "update": lambda walk, row, chance: {"phone": f"021-{chance.randint(1_000_000, 9_999_999)}"},
        "delete": nothing, "transfer": anybody, "merge": another_customer, "send": nothing, "claim": nothing, "pool_assign": a_member,
        "release": nothing, "extend": lambda walk, row, chance: {"days": chance.randint(1, 9)}, "withdraw": nothing,
    },
    "pool/customers": {
        "claim": nothing, "assign": a_member, "release": nothing, "extend": lambda walk, row, chance: {"days": chance.randint(1, 9)},
        "request_extension": lambda walk, row, chance: {"days": chance.randint(1, 9), "reason": "They decide next week"},
        "withdraw": nothing, "move": lambda walk, row, chance: {"pool_id": next(one["id"] for one in walk.pools if one["id"] != row["pool_id"])},
    },
    "pool/extension-requests": {"grant": nothing, "refuse": a_reason},
    "orders": {
        "update": other_lines, "delete": nothing, "submit": approver, "withdraw": nothing, "approve": nothing, "reject": nothing,
        "void": a_reason,
    },
    "payment-plans": {"update": lambda walk, row, chance: {"due_on": day(chance)}, "delete": nothing, "collect": nothing},
    "receipts": {"void": a_reason, "refund": lambda walk, row, chance: {"amount": chance.choice([row["amount"].strip("-"), "1.00"]), **a_reason(walk, row, chance)}},
    "follow-ups": {"update": lambda walk, row, chance: {"next_visit_on": chance.choice([None, day(chance)])}, "delete": nothing},
}  # fmt: skip
"""By module and action, what is asked with it."""
