"""Enters the story through the API."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from deploy.demo import words
from deploy.demo.api import DemoError, Office, Person
from deploy.demo.story import Account, Deal, Story, Trouble, tell

PASSWORD = "highseas-demo"  # noqa: S105
PLANS_SECONDS = 180
SPLIT = [{"share": "40", "days_after": 0}, {"share": "40", "days_after": 45}, {"share": "20", "days_after": 90}]


def load(url: str, admin_password: str, *, scale: float = 1.0, today: date | None = None) -> str:
    """Load the demo company; gives one line on what there is. Does nothing when there are customers. Raises DemoError."""
    office = Office(url)
    admin = office.log_in("admin", admin_password)
    if admin.get("/customers", page_size=1)["total"]:
        return "the demo company is there already, or other customers are: nothing was loaded"
    story = tell(today or date.today(), scale=scale)
    company = Company(office, admin, story, today or date.today())
    company.hire()
    company.open_shop()
    company.meet_customers()
    company.fill_pool()
    company.sell()
    company.collect()
    company.approve_in_steps()
    company.repair()
    sellers = ", ".join(username for username, _, role, *_ in words.PEOPLE if role == "sales_rep")
    return (
        f"demo company: {len(story.accounts)} customers, {len(story.products)} products, {len(story.deals)} orders; "
        f"log in as director, lin, {sellers}, ma or cashier / {PASSWORD}"
    )


class Company:
    """The company while it is being entered: ids of what is there already, by its number in the story."""

    def __init__(self, office: Office, admin: Person, story: Story, today: date) -> None:
        self._office, self._admin, self._story, self._today = office, admin, story, today
        self._people: dict[str, Person] = {}
        self._products: list[str] = []
        self._customers: list[str] = []
        self._sold: list[str] = []

    def hire(self) -> None:
        """Departments and people; superiors come before those who report to them."""
        departments: dict[str, str] = {}
        for name, parent in words.DEPARTMENTS:
            above = {"parent_id": departments[parent]} if parent else {}
            departments[name] = self._admin.post("/departments", {"name": name, **above})["id"]
        for username, shown, role, manager, department, job, language in words.PEOPLE:
            above = {"manager_id": self._people[manager].id} if manager else {}
            body = {
                "username": username,
                "display_name": shown,
                "password": PASSWORD,
                "roles": [role],
                "job_title": job,
                "language": language,
            }
            self._admin.post("/users", {**body, "department_id": departments[department], **above})
            self._people[username] = self._office.log_in(username, PASSWORD)

    def open_shop(self) -> None:
        """Products, a price list for dealers, and the settings of pool and finance."""
        self._products = [one["id"] for one in self._office.for_all(partial(self._admin.post, "/products"), self._story.products)]
        dealers = {"name": f"{self._today.year} 年经销商价", "currency": "CNY", "customer_levels": ["A"]}
        listed = self._admin.post("/price-lists", dealers)
        prices = [
            {"product_id": product_id, "price": f"{Decimal(body['list_price']) * 9 / 10:.2f}"}
            for product_id, body in zip(self._products, self._story.products, strict=True)
        ]
        self._admin.post(f"/price-lists/{listed['id']}/items", {"items": prices})
        heads = [self._people[username].id for username, _, role, *_ in words.PEOPLE if role == "sales_director"]
        sellers = [self._people[username].id for username, _, role, *_ in words.PEOPLE if role == "sales_rep"]
        self._admin.put("/pool/settings", {"enabled": True, "admin_ids": heads, "user_ids": sellers, "protection_days": 30})
        self._admin.put("/finance/settings", {"default_instalments": SPLIT})

    def meet_customers(self) -> None:
        """Customers with their contacts and follow-ups, entered by whoever looks after them."""
        self._customers = self._office.for_all(self._add_account, self._story.accounts)

    def fill_pool(self) -> None:
        """Some customers wait in the pool, some were claimed, some of these will buy and reach the goal."""
        for fate, numbers in self._story.pooled.items():
            by_seller: dict[str, list[int]] = defaultdict(list)
            for number in numbers:
                by_seller[self._story.accounts[number].seller].append(number)
            for seller, mine in by_seller.items():
                ids = {"customer_ids": [self._customers[number] for number in mine]}
                self._people[seller].post("/pool/send", {**ids, "reason": "长期未跟进"} if fate == "free" else ids)
                if fate != "free":
                    self._people[seller].post("/pool/claim", ids)

    def sell(self) -> None:
        """Quotes and orders, each as far as it came."""
        self._office.for_all(self._quote, enumerate(self._story.quotes))
        self._sold = [order_id for order_id in self._office.for_all(self._order, self._story.deals) if order_id]

    def collect(self) -> None:
        """The cashier books what came in: most of it soon after it was due, on Fridays, a part of it not at all."""
        cashier, chance = self._people["cashier"], random.Random(7)
        runs: dict[tuple[date, str], list[str]] = defaultdict(list)
        for plan in self._all_plans(cashier):
            due = date.fromisoformat(plan["due_on"])
            paid_on = due + timedelta(days=chance.choice((-3, 0, 2, 5, 9, 16, 30)))
            paid_on += timedelta(days=(4 - paid_on.weekday()) % 7)
            late = 0.15 if due > self._today - timedelta(days=120) else 0.02
            if paid_on > self._today or chance.random() < late:
                continue
            if chance.random() < 0.04:
                part = {"customer_id": plan["customer_id"], "plan_id": plan["id"], "amount": f"{Decimal(plan['amount']) // 2:.2f}"}
                cashier.post("/receipts", {**part, "received_on": paid_on.isoformat(), "method": "bank_transfer", "note": "先付一半"})
            else:
                runs[paid_on, chance.choice(("bank_transfer", "bank_transfer", "bank_transfer", "cheque"))].append(plan["id"])
        self._office.for_all(partial(self._collect_run, cashier), sorted(runs.items()))
        for order_id in self._voided():
            self._admin.post(f"/orders/{order_id}/void", {"reason": "客户取消项目"})

    def approve_in_steps(self) -> None:
        """From now on large orders go through two hands; one has been through the first, and the director is asked."""
        steps = [{"kind": "manager"}, {"kind": "user", "user_id": self._people["director"].id}]
        self._admin.post("/approval-rules", {"name": words.LARGE_RULE, "min_amount": f"{words.LARGE_AMOUNT:.2f}", "steps": steps})
        self._order(self._story.large)

    def repair(self) -> None:
        """Tickets, each as far as its repair came, and what was learned from them."""
        engineers = [self._people[username] for username, _, role, *_ in words.PEOPLE if role == "service_engineer"]
        jobs = [(trouble, engineers[number % len(engineers)]) for number, trouble in enumerate(self._story.troubles)]
        done = [ticket for ticket in self._office.for_all(self._repair, jobs) if ticket]
        first = {ticket["title"]: ticket for ticket in reversed(done)}
        for ticket in first.values():
            self._people["ma"].post(f"/tickets/{ticket['id']}/create-article", {"title": f"{ticket['product_name']}：{ticket['title']}"})

    def _add_account(self, account: Account) -> str:
        seller = self._people[account.seller]
        customer_id: str = seller.post("/customers", account.body)["id"]
        people = [seller.post("/contacts", {"customer_id": customer_id, **body})["id"] for body in account.contacts]
        for talk in account.talks:
            seller.post("/follow-ups", {"customer_id": customer_id, "contact_id": people[0], **talk})
        return customer_id

    def _quote(self, numbered: tuple[int, Any]) -> None:
        index, (number, lines) = numbered
        seller = self._people[self._story.accounts[number].seller]
        name = f"{self._story.accounts[number].body['name']} 设备报价"
        until = self._today + timedelta(days=30)
        body = {"customer_id": self._customers[number], "name": name, "valid_until": until.isoformat(), "lines": self._lines(lines)}
        quote = seller.post("/quotes", body)
        if index % 9 == 4:
            seller.post(f"/quotes/{quote['id']}/create-order")

    def _order(self, deal: Deal) -> str | None:
        """Enter one order; gives its id when it will have plans."""
        seller = self._story.accounts[deal.customer].seller
        body = {
            "customer_id": self._customers[deal.customer], "subject": f"{self._story.products[deal.lines[0][0]]['category']}{deal.subject}",
            "order_date": deal.ordered_on.isoformat(), "lines": self._lines(deal.lines),
        }  # fmt: skip
        order_id: str = self._people[seller].post("/orders", body)["id"]
        if deal.fate == "draft":
            return None
        approver = self._people[str(words.BOSS[seller])]
        self._people[seller].post(f"/orders/{order_id}/submit", {"approver_id": approver.id, "comment": "请审批"})
        if deal.fate == "rejected":
            approver.post(f"/orders/{order_id}/reject", {"comment": "折扣超出权限，请重新核价"})
        if deal.fate in ("pending", "rejected"):
            return None
        approver.post(f"/orders/{order_id}/approve", {"comment": "同意"})
        return order_id if deal.fate != "half_approved" else None

    def _repair(self, job: tuple[Trouble, Person]) -> Any:
        """One ticket; gives it when it was closed."""
        trouble, engineer = job
        title, problem, fault_type, priority, resolution, parts, cost = trouble.told
        manager = self._people["ma"]
        body = {
            "customer_id": self._customers[trouble.customer], "product_id": self._products[trouble.product], "title": title, "fault_description": problem,
            "fault_type": fault_type, "priority": priority, "channel": trouble.channel,
        }  # fmt: skip
        ticket = manager.post("/tickets", body)
        path = f"/tickets/{ticket['id']}"
        if trouble.fate == "open":
            return None
        manager.post(f"{path}/assign", {"assignee_id": engineer.id})
        if trouble.fate == "assigned":
            return None
        engineer.post(f"{path}/start")
        if trouble.fate == "started":
            return None
        engineer.post(f"{path}/resolve", {"resolution": resolution, "parts": parts, "cost": cost})
        if trouble.fate == "reopened":
            manager.post(f"{path}/reopen")
        if trouble.fate in ("resolved", "reopened"):
            return None
        return manager.post(f"{path}/close", {"satisfaction": 5 - len(title) % 3})

    def _lines(self, lines: list[tuple[int, int, int]]) -> list[dict[str, Any]]:
        return [
            {"product_id": self._products[number], "quantity": quantity, "discount": str(discount)} for number, quantity, discount in lines
        ]

    def _voided(self) -> list[str]:
        settled = [deal for deal in self._story.deals if deal.fate in ("approved", "voided")]
        return [order_id for deal, order_id in zip(settled, self._sold, strict=True) if deal.fate == "voided"]

    def _all_plans(self, cashier: Person) -> list[Any]:
        """The plans of all orders, once the news of the last approval has gone round; without those that will be voided."""
        voided = set(self._voided())
        for _ in range(PLANS_SECONDS * 2):
            plans = cashier.all("/payment-plans", sort="due_on,number")
            if {plan["order_id"] for plan in plans} >= set(self._sold):
                return [plan for plan in plans if plan["order_id"] not in voided]
            self._office.wait(0.5)
        raise DemoError(f"the approved orders have no payment plans after {PLANS_SECONDS} s")

    def _collect_run(self, cashier: Person, run: tuple[tuple[date, str], list[str]]) -> None:
        (day, method), ids = run
        cashier.post("/payment-plans/batch-collect", {"ids": ids, "received_on": day.isoformat(), "method": method})
