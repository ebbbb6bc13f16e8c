"""A believable company to try the product with: people, 300 customers, 60 products, orders, plans and receipts over 18 months.

Everything goes in through the public API, as a person would do it, so it obeys every rule; the figures come from a fixed
seed, so two demo companies are alike.
"""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

CUSTOMERS = 300
PRODUCTS = 60
ORDERS = 240
MONTHS = 18
PASSWORD = "highseas-demo"  # noqa: S105
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN = ["伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "涛", "明", "超", "霞", "平", "刚", "英", "华", "玲"]
CITIES = ["上海", "北京", "深圳", "杭州", "苏州", "广州", "南京", "成都", "武汉", "宁波", "青岛", "厦门"]
TRADES = {
    "机械": "machinery", "电子": "electronics", "化工": "chemicals", "医疗器械": "medical", "食品": "food", "物流": "logistics", "环保": "environment",
    "建材": "construction", "软件": "software", "汽车零部件": "automotive", "纺织": "textiles", "仪表": "instruments",
}  # fmt: skip
FORMS = ["有限公司", "股份有限公司", "集团有限公司"]
WORDS = ["华兴", "博远", "中科", "恒达", "天成", "金桥", "瑞丰", "宏图", "新域", "东方", "海川", "联创", "安泰", "众信", "润泽"]
GOODS = ["离心泵", "压力传感器", "变频器", "控制柜", "流量计", "电磁阀", "过滤器", "换热器", "减速机", "温控仪"]
FOLLOW_UPS = [
    "电话沟通需求,客户关注交期",
    "上门拜访,演示样机",
    "发送报价并确认技术参数",
    "客户内部评审中,约下周回访",
    "确认付款方式,准备合同",
]


class DemoError(Exception):
    """The demo company could not be loaded; the text says why."""


class Person:
    """Somebody of the demo company at the API."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url, self._token = url, ""
        answer = self.call("POST", "/auth/login", {"username": username, "password": password})
        self._token, self.id = answer["access_token"], answer["user"]["id"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One API call. Raises DemoError with what the API answered."""
        data = json.dumps(body).encode() if body is not None else b""
        request = urllib.request.Request(f"{self._url}/api/v1{path}", data=data if method != "GET" else None, method=method)
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise DemoError(f"{method} {path}: {error.read().decode()[:300]}") from error


def load(url: str, admin_password: str) -> str:
    """Load the demo company; gives one line on what there is. Does nothing when customers exist already."""
    chance = random.Random(20260901)
    admin = Person(url, "admin", admin_password)
    if admin.call("GET", "/customers?page_size=1")["total"]:
        return "the demo company is there already"
    team = _hire(url, admin)
    products = [admin.call("POST", "/products", _product(number, chance)) for number in range(PRODUCTS)]
    admin.call("PUT", "/pool/settings", {"enabled": True, "admin_ids": [team["director"].id], "user_ids": [rep.id for rep in team["reps"]]})
    shares = [{"share": "40", "days_after": 0}, {"share": "40", "days_after": 45}, {"share": "20", "days_after": 90}]
    admin.call("PUT", "/finance/settings", {"default_instalments": shares})
    plans = [(chance.choice(team["reps"]), _customer(number, chance), random.Random(number)) for number in range(CUSTOMERS)]
    with ThreadPoolExecutor(4) as pool:
        customers = list(pool.map(lambda one: _add_customer(*one), plans))
        orders = [(*chance.choice(customers), random.Random(1000 + number)) for number in range(ORDERS)]
        totals = list(pool.map(lambda one: _sell(team, products, *one), orders))
    _fill_pool(customers, chance)
    return f"demo company: {CUSTOMERS} customers, {PRODUCTS} products, {len(totals)} orders; log in as director, wang, li, zhao or cashier / {PASSWORD}"


def _hire(url: str, admin: Person) -> dict[str, Any]:
    def add(username: str, name: str, role: str, **place: Any) -> Person:
        body = {"username": username, "display_name": name, "password": PASSWORD, "roles": [role], **place}
        admin.call("POST", "/users", body)
        return Person(url, username, PASSWORD)

    director = add("director", "陈总监", "sales_director", job_title="销售总监")
    reps = [add(name, shown, "sales_rep", manager_id=director.id) for name, shown in (("wang", "王芳"), ("li", "李强"), ("zhao", "赵敏"))]
    return {"director": director, "reps": reps, "cashier": add("cashier", "孙会计", "finance")}


def _product(number: int, chance: random.Random) -> dict[str, Any]:
    price = chance.randrange(200, 48_000)
    return {
        "code": f"HS-{number + 1:04d}", "name": f"{GOODS[number % len(GOODS)]} {chr(65 + number // len(GOODS))}{100 + number}",
        "category": GOODS[number % len(GOODS)], "unit": "台", "list_price": f"{price}.00", "cost": f"{price * chance.randrange(45, 75) / 100:.2f}",
        "tax_rate": "13",
    }  # fmt: skip


def _customer(number: int, chance: random.Random) -> dict[str, Any]:
    city, trade = chance.choice(CITIES), chance.choice(list(TRADES))
    name = f"{city}{chance.choice(WORDS)}{chr(0x4E00 + 131 * (number % 40) + number)}{trade}{chance.choice(FORMS)}"
    return {
        "name": name, "level": chance.choice("ABCD"), "source": chance.choice(["referral", "web", "exhibition", "phone", "partner"]),
        "status": chance.choice(["potential", "contacted", "negotiating", "customer"]), "industry": TRADES[trade], "region": city,
        "phone": f"0{chance.randrange(10, 99)}-{chance.randrange(20000000, 89999999)}", "employees": chance.randrange(20, 3000),
    }  # fmt: skip


def _add_customer(rep: Person, body: dict[str, Any], chance: random.Random) -> tuple[Person, Any]:
    customer = rep.call("POST", "/customers", body)
    contact = {"customer_id": customer["id"], "name": chance.choice(SURNAMES) + chance.choice(GIVEN), "job_title": "采购经理", "is_primary": True,
               "mobile": f"13{chance.randrange(100000000, 999999999)}"}  # fmt: skip
    rep.call("POST", "/contacts", contact)
    for _ in range(chance.randrange(0, 3)):
        at = datetime.now(UTC) - timedelta(days=chance.randrange(0, 200), hours=chance.randrange(0, 9))
        visit = date.today() + timedelta(days=chance.randrange(-3, 15))
        rep.call("POST", "/follow-ups", {
            "customer_id": customer["id"], "kind": chance.choice(["call", "visit", "mail"]), "summary": chance.choice(FOLLOW_UPS),
            "contacted_at": at.isoformat(), "next_visit_on": visit.isoformat(),
        })  # fmt: skip
    return rep, customer


def _sell(team: dict[str, Any], products: list[Any], rep: Person, customer: Any, chance: random.Random) -> str:
    ordered_on = date.today() - timedelta(days=chance.randrange(0, MONTHS * 30))
    chosen = chance.sample(products, chance.randrange(1, 5))
    lines = [
        {"product_id": one["id"], "quantity": chance.randrange(1, 12), "discount": str(chance.choice([0, 0, 5, 8, 10]))} for one in chosen
    ]
    body = {"customer_id": customer["id"], "subject": f"{chosen[0]['name']} 采购", "order_date": ordered_on.isoformat(), "lines": lines}
    order = rep.call("POST", "/orders", body)
    if chance.random() < 0.08:
        return str(order["total"])
    rep.call("POST", f"/orders/{order['id']}/submit", {"approver_id": team["director"].id, "comment": "请审批"})
    if chance.random() < 0.06:
        return str(order["total"])
    team["director"].call("POST", f"/orders/{order['id']}/approve", {"comment": "同意"})
    _collect(team["cashier"], order["id"], ordered_on, chance)
    return str(order["total"])


def _collect(cashier: Person, order_id: str, ordered_on: date, chance: random.Random) -> None:
    condition = urllib.parse.quote(json.dumps({"field": "order_id", "op": "eq", "value": order_id}))
    for _ in range(100):
        plans = cashier.call("GET", f"/payment-plans?sort=period&filter={condition}")["items"]
        if plans:
            break
    for plan in plans:
        due = date.fromisoformat(plan["due_on"])
        if due > date.today() or chance.random() < 0.15:
            return
        paid_on = min(date.today(), due + timedelta(days=chance.randrange(0, 20)))
        cashier.call("POST", "/receipts", {
            "customer_id": plan["customer_id"], "plan_id": plan["id"], "amount": plan["amount"], "received_on": paid_on.isoformat(),
            "method": chance.choice(["bank_transfer", "cheque", "online"]),
        })  # fmt: skip


def _fill_pool(customers: list[tuple[Person, Any]], chance: random.Random) -> None:
    for rep, customer in chance.sample(customers, 40):
        rep.call("POST", "/pool/send", {"customer_ids": [customer["id"]]})
        if chance.random() < 0.4:
            rep.call("POST", "/pool/claim", {"customer_ids": [customer["id"]]})
