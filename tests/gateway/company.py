"""A company whose people see different parts of it: who they are, which records there are, and whose eyes each is for.

What somebody is to see is told from roles, reporting line, departments and pool members as the specification has it; nothing here asks the product.
Every record carries a word of its own, by which a trace of it is found in any answer.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import select

from gateway.routes import ROUTES
from gateway.table import Route
from shared import clock
from shared.db import new_id
from shared.db.base import ChassisBase
from tests.gateway.house import House, Person
from tests.gateway.samples import sample
from tests.gateway.test_generated import RIGHTS, body_shape, document

WORD = re.compile(r"Zq\d{4}|\b[A-Z]{2}\d{8}-\d{4}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Seat:
    """Somebody whose sight is tried: how far their role reaches, by module, and what they are in the pool."""

    name: str
    scopes: dict[str, str] = field(hash=False)
    pool: str = ""

    def scope(self, module: str) -> str:
        """own, team, department or all."""
        return self.scopes.get(module, self.scopes["*"])


SEATS = (
    Seat("rep", {"*": "own"}, pool="user"),
    Seat("director", {"*": "team"}, pool="user"),
    Seat("head", {"*": "department"}),
    Seat("keeper", {"*": "own", "customers": "all"}, pool="admin"),
    Seat("cashier", {"*": "all"}),
    Seat("stranger", {"*": "own"}),
)
"""The scopes of sales representative, sales director, pool administrator and finance; a department's; one who has nothing."""

ABOVE = {"helper": ("hand", "director"), "hand": ("director",), "junior": ("rep",)}
"""Who somebody reports to, at any depth, the nearest first."""

DEPARTMENTS = {"rep": ("north",), "head": ("north",), "colleague": ("quay", "north")}
"""Where somebody is, the smallest first; all others are in the south."""


@dataclass(frozen=True)
class Holding:
    """Records that belong together: their owner, and how their customer stands to the pool."""

    owner: str
    standing: str = "ordinary"

    def within(self, seat: Seat, scope: str) -> bool:
        """Whether a scope reaches the owner."""
        reached = {
            "own": (), "team": ABOVE.get(self.owner, ()), "all": (seat.name,),
            "department": [seat.name] if DEPARTMENTS.get(seat.name, ("south",))[0] in DEPARTMENTS.get(self.owner, ("south",)) else (),
        }[scope]  # fmt: skip
        return seat.name == self.owner or seat.name in reached

    def pooled(self, seat: Seat) -> bool:
        """Whether a customer of the pool is for these eyes: unassigned for its members, assigned for its owner and those above."""
        if seat.pool == "admin":
            return True
        if self.standing == "unassigned":
            return seat.pool == "user"
        return seat.name in (self.owner, *ABOVE.get(self.owner, ())) or seat.scope("customers") == "all"


HOLDINGS = (
    *(Holding(name) for name in ("rep", "director", "head", "keeper", "helper", "junior", "colleague", "outsider")),
    Holding("outsider", "unassigned"), Holding("outsider", "assigned"), Holding("helper", "assigned"),
)  # fmt: skip
THROWN_AWAY = (Holding("rep"), Holding("director"), Holding("outsider"))
"""Those of whose records some are in the recycle bin."""

MARKED = {
    "customers": "name", "products": "code", "price-lists": "name", "contacts": "name", "follow-ups": "summary", "quotes": "name",
    "orders": "subject", "tickets": "title", "receipts": "reference", "reminders": "text",
}  # fmt: skip
"""How records of the modules are made: the field that takes their word; the rest as their shape says."""

OF_CUSTOMERS = ("customers", "contacts", "follow-ups")
"""Who sees a customer sees these."""

OPEN = ("users", "departments", "roles", "articles", "pools", "approval-rules", "workbench/templates")
"""Names of colleagues, how the company is ordered, what it knows, its pools and rules: nobody's own. So is all below /meta."""


@dataclass(frozen=True)
class Record:
    """A record: where its routes begin ("pool/customers"), and by what a trace of it is known."""

    place: str
    holding: Holding
    id: str
    words: frozenset[str]
    row: dict[str, Any] = field(hash=False, compare=False, repr=False)
    attachment_id: str = ""
    deleted: bool = False
    shared_with: str = ""

    def seen_by(self, seat: Seat) -> bool:
        """Whether it exists for somebody."""
        return not self.deleted and self.in_reach(seat)

    def in_reach(self, seat: Seat) -> bool:
        """Whether it would, were it not deleted."""
        if self.place.endswith("/views") or self.place in ("exports", "imports", "reminders", "auth/sessions"):
            return seat.name in (self.holding.owner, self.shared_with)
        if self.place == "pool/extension-requests":
            return seat.pool == "admin" or self.holding.pooled(seat)
        if self.place == "pool/customers":
            return (
                self.holding.standing != "ordinary"
                and not (self.holding.standing == "unassigned" and not seat.pool)
                and self.holding.pooled(seat)
            )
        if self.place not in OF_CUSTOMERS:
            return self.holding.within(seat, seat.scope(self.place))
        if self.holding.standing == "ordinary" or seat.scope("customers") == "all":
            return self.holding.within(seat, seat.scope("customers"))
        return self.holding.pooled(seat)


def place_of(route: Route) -> str | None:
    """Where the routes of a kind of record begin: /pool/customers/<id>/log → pool/customers; None without an id."""
    before, found, _ = route.path.partition("/<id>")
    return before.strip("/") if found else None


def is_open(place: str | None) -> bool:
    """Whether records of a kind are nobody's own."""
    return place in OPEN or str(place).startswith("meta/")


def operation_of(route: Route) -> dict[str, Any]:
    """What the OpenAPI document says of a route."""
    found: dict[str, Any] = document()["paths"]["/api/v1" + re.sub(r"<(\w+)>", r"{\1}", route.path)].get(route.method.lower(), {})
    return found


def words_in(text: str) -> set[str]:
    """Every word, number and id in an answer that may be a record's."""
    return set(WORD.findall(text))


class Company:
    """The people at their desks and all records."""

    def __init__(self, house: House) -> None:
        self.house, self.admin = house, house.at()
        self.people: dict[str, Person] = {}
        self.records: list[Record] = []
        self._number = 0
        self._hire()
        pool, product = self.admin.send("GET", "/pools").get_json()["items"][0], self._make("products", {"owner_id": self.admin.id}, "code")
        self._references = {"users": self.people["approver"].id, "products": product["id"], "pools": pool["id"]}
        for holding in HOLDINGS:
            self._start(holding)
        house.settle()
        for holding in HOLDINGS:
            self._finish(holding)
        house.settle()
        self._fill_pool()
        self._add_private()
        house.settle()
        self.by_word = {word: record for record in self.records for word in record.words}

    # What tests ask

    @property
    def is_second(self) -> bool:
        """Whether this is the second of the two databases, where a part of what was tried on the first is enough."""
        return not self.house.identity.database.is_sqlite

    def person(self, seat: Seat) -> Person:
        """Somebody at the API."""
        return self.people[seat.name]

    def at(self, place: str) -> list[Record]:
        """The records of a kind."""
        return [record for record in self.records if record.place == place]

    def references(self, owner: str) -> dict[str, str]:
        """An ordinary record of somebody per module, as far as they have one."""
        mine = {one.place: one.id for one in self.records if one.holding == Holding(owner) and not one.deleted}
        return self._references | mine

    def traces(self, seat: Seat, text: str, *, but: Iterator[str] | tuple[str, ...] = (), bin_too: bool = False) -> list[str]:
        """The records somebody is not to see of which an answer tells. One record's words may be the ids of several places."""
        found = (words_in(text) & self.by_word.keys()) - set(but) - self._seen_words(seat, bin_too=bin_too)
        return sorted({f"{self.by_word[word].place} of {self.by_word[word].holding.owner}" for word in found})

    @cache  # noqa: B019
    def _seen_words(self, seat: Seat, *, bin_too: bool) -> set[str]:
        return {word for one in self.records if one.seen_by(seat) or (bin_too and one.in_reach(seat)) for word in one.words}

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table, to see that nothing was changed; but for the answers kept for those who ask twice, and
        copies of what other services know, which may catch up.
        """  # fmt: skip
        found = {}
        for name, door in self.house.doors.items():
            with door.database.transaction(read=True) as db:
                for table in (*door.service.base.metadata.sorted_tables, *ChassisBase.metadata.sorted_tables):
                    if table.name != "idempotency_keys" and not table.name.endswith("copies"):
                        found[f"{name}.{table.name}"] = sorted(map(repr, db.execute(select(table)).all()))
        return found

    # How it is made

    def _hire(self) -> None:
        departments: dict[str, str] = {}
        for name, above in (("north", None), ("quay", "north"), ("south", None)):
            departments[name] = self._post("/departments", {"name": name, "parent_id": departments.get(above or "")})["id"]
        self.house.settle()
        for seat in SEATS:
            self._post("/roles", {"code": seat.name, "name": seat.name, "permissions": RIGHTS, "scopes": seat.scopes})
        for name in (*(seat.name for seat in SEATS), "hand", "helper", "junior", "colleague", "outsider", "approver"):
            role = name if name in {seat.name for seat in SEATS} else "admin"
            manager = ABOVE.get(name, ("",))[0]
            self.people[name] = self.house.employ(
                name, role, department_id=departments[DEPARTMENTS.get(name, ("south",))[0]],
                manager_id=self.people[manager].id if manager else None,
            )  # fmt: skip

    def _start(self, holding: Holding) -> None:
        """A customer, and what may hang on it at once."""
        references = dict(self._references)
        for place in ("customers", "products", "price-lists"):
            references[place] = self._add(place, holding, references)
        self._bins(holding, references, "customers", "products", "price-lists")
        self.house.settle()
        references["products"] = self._references["products"]
        for place in ("contacts", "follow-ups", "quotes", "orders", "tickets", "reminders"):
            references[place] = self._add(place, holding, references)
        self._bins(holding, references, "contacts", "follow-ups", "quotes", "orders", "tickets", "reminders")

    def _finish(self, holding: Holding) -> None:
        """The order is approved and partly paid: with two instalments, of which one may be thrown away."""
        order = next(one for one in self.at("orders") if one.holding == holding and not one.deleted)
        half = f"{float(order.row['total']) / 2:.2f}"
        days = ("2030-01-01", "2030-02-01")
        self._post(f"/orders/{order.id}/payment-plans", {"instalments": [{"due_on": day, "amount": half} for day in days]}, status=200)
        self._post(f"/orders/{order.id}/submit", {"approver_id": self.people["approver"].id}, status=200)
        answer = self.people["approver"].send("POST", f"/orders/{order.id}/approve", {})
        assert answer.status_code == 200, answer.text
        self.house.settle()
        query = {"filter": f'{{"field": "order_id", "op": "eq", "value": "{order.id}"}}'}
        plan, other = self.admin.send("GET", "/payment-plans", query_string=query).get_json()["items"]
        self._keep("payment-plans", holding, plan)
        if holding in THROWN_AWAY:
            self._keep("payment-plans", holding, other, deleted=True)
            assert self.admin.send("DELETE", f"/payment-plans/{other['id']}").status_code == 204
        self._add("receipts", holding, {"customers": order.row["customer_id"], "orders": order.id})

    def _fill_pool(self) -> None:
        ids = {seat.name: self.people[seat.name].id for seat in SEATS}
        members = [ids["rep"], ids["director"], self.people["outsider"].id, self.people["helper"].id, self.people["approver"].id]
        answer = self.admin.send("PUT", "/pool/settings", {"enabled": True, "admin_ids": [ids["keeper"]], "user_ids": members})
        assert answer.status_code == 200, answer.text
        for record in [one for one in self.at("customers") if not one.deleted]:
            if record.holding.standing != "ordinary":
                self._post("/pool/send", {"customer_ids": [record.id]}, status=200)
            if record.holding.standing == "assigned":
                owner = self.people[record.holding.owner]
                self._post("/pool/assign", {"customer_ids": [record.id], "owner_id": owner.id}, status=200)
                asked = owner.send("POST", "/pool/extension-requests", {"customer_id": record.id, "days": 3, "reason": self._word()})
                assert asked.status_code == 201, asked.text
                self._keep("pool/extension-requests", record.holding, asked.get_json(), asked.get_json()["reason"])
            self.records.append(Record("pool/customers", record.holding, record.id, record.words, record.row))
        self.house.settle()

    def _add_private(self) -> None:
        """What is somebody's alone: views but for those shared with a role, an API token, a log-in, an import, an export."""
        views = {place_of(route) for route in ROUTES if place_of(route) and str(place_of(route)).endswith("/views")}
        for name in ("rep", "director", "helper", "outsider"):
            person, holding = self.people[name], Holding(name)
            for place in sorted(map(str, views)):
                word = self._word()
                self._keep(place, holding, self._by(person, f"/{place}", {"name": word}), word)
            word, ends = self._word(), (clock.now() + timedelta(days=30)).isoformat()
            token = {"name": word, "permissions": ["customer:read"], "expires_at": ends}
            self._keep("api-tokens", holding, self._by(person, "/api-tokens", token), word)
            session = person.send("GET", "/auth/sessions").get_json()["items"][0]
            self._keep("auth/sessions", holding, session)
            word = self._word()
            given = person.send(
                "POST", "/customers/import", data={"file": (io.BytesIO(f"Customer name\n{word}\n".encode()), f"{word}.csv")}
            )
            assert given.status_code == 202, given.text
            self._keep("imports", holding, given.get_json(), word)
            self._keep("exports", holding, self._by(person, "/customers/export", {"format": "csv"}, status=202))
        for place in sorted(map(str, views)):
            word, holding = self._word(), Holding("outsider")
            shared = self._by(self.people["outsider"], f"/{place}", {"name": word, "shared_roles": ["director"]})
            self.records.append(Record(place, holding, shared["id"], frozenset((word, shared["id"])), shared, shared_with="director"))
        self.house.identity.tick("carry_on_exports")

    def _bins(self, holding: Holding, references: dict[str, str], *places: str) -> None:
        for place in places if holding in THROWN_AWAY else ():
            self._add(place, holding, references, deleted=True)

    def _add(self, place: str, holding: Holding, references: dict[str, str], *, deleted: bool = False) -> str:
        row = self._make(place, {"owner_id": self.people[holding.owner].id}, MARKED[place], references)
        self._keep(place, holding, row, row[MARKED[place]], deleted=deleted)
        if deleted:
            answer = self.people[holding.owner].send("DELETE", f"/{place}/{row['id']}")
            assert answer.status_code == 204, answer.text
        return str(row["id"])

    def _make(self, place: str, given: dict[str, Any], marked: str, references: dict[str, str] | None = None) -> dict[str, Any]:
        operation = document()["paths"][f"/api/v1/{place}"]["post"]
        filled = {name: one for name, one in sample(body_shape(operation), references or {}, whole=True).items() if name.endswith("_id")}
        known = {name: value for name, value in filled.items() if value in (references or {}).values()}
        body, word = sample(body_shape(operation), references or {}, whole=False), self._word()
        return self._post(f"/{place}", body | known | given | {name: word for name in ("name", "code") if name in body} | {marked: word})

    def _keep(self, place: str, holding: Holding, row: dict[str, Any], *words: str, deleted: bool = False) -> None:
        attachment = ""
        if any(route.path == f"/{place}/<id>/attachments" for route in ROUTES):
            word = self._word()
            words = (*words, word)
            file = {"file": (io.BytesIO(word.encode()), f"{word}.txt")}
            given = self.admin.send("POST", f"/{place}/{row['id']}/attachments", data=file)
            assert given.status_code == 201, given.text
            attachment = given.get_json()["id"]
        found = frozenset((*words, row["id"], *([row["number"]] if row.get("number") else [])))
        self.records.append(Record(place, holding, row["id"], found, row, attachment, deleted))

    def _post(self, path: str, body: dict[str, Any], *, status: int = 201) -> dict[str, Any]:
        return self._by(self.admin, path, body, status=status)

    def _by(self, person: Person, path: str, body: dict[str, Any], *, status: int = 201) -> dict[str, Any]:
        answer = person.send("POST", path, body)
        assert answer.status_code == status, (path, body, answer.text)
        found: dict[str, Any] = answer.get_json()
        return found

    def _word(self) -> str:
        self._number += 1
        return f"Zq{self._number:04d}"


def some_id() -> str:
    """An id nobody has."""
    return new_id()
