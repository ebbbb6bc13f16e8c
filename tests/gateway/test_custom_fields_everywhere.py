"""A field that an administrator adds works at once in every part of every module that the specification names."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from deploy.parts import SERVICES
from shared.i18n import LANGUAGES
from tests.gateway.house import PASSWORD, House, Person
from tests.gateway.samples import sample
from tests.gateway.test_generated import body_shape, document

MODULES = ("customers", "contacts", "follow-ups", "tickets", "quotes", "orders", "products")
LABELS = {"zh-CN": "预算", "zh-TW": "預算", "en": "Budget"}
COLOURS = [{"value": value, "labels": {language: f"{value} {language}" for language in LANGUAGES}} for value in ("red", "blue")]


def test_these_are_all_modules_that_take_fields() -> None:
    assert {resource.module for service in SERVICES for resource in service.resources if resource.is_customizable} == set(MODULES)


def made(admin: Person, module: str, **more: Any) -> Any:
    """A record with what it must have."""
    shape = body_shape(document()["paths"][f"/api/v1/{module}"]["post"])
    unique = {name: f"{module} {more}"[:40] for name in ("name", "code") if name in shape["properties"]}
    body = sample(shape, references(admin) if module not in ("customers", "products") else {}, whole=False)
    answer = admin.send("POST", f"/{module}", {**body, **unique, **more})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def references(admin: Person) -> dict[str, str]:
    found = {}
    for module in ("customers", "products"):
        items = admin.send("GET", f"/{module}").get_json()["items"]
        found[module] = items[0]["id"] if items else made(admin, module)["id"]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_new_field_works_in_every_part(house: House, module: str) -> None:
    admin = house.at()
    for field in (
        {"name": "c_budget", "type": "money", "labels": LABELS},
        {"name": "c_colour", "type": "choice", "labels": {"en": "Colour"}, "choices": COLOURS},
    ):
        assert admin.send("POST", f"/meta/{module}/fields", field).status_code == 201
    record, other = made(admin, module, c_budget="12.50", c_colour="red"), made(admin, module, c_budget="3.00")
    house.settle()
    assert (record["c_budget"], record["c_colour"], other["c_colour"]) == ("12.50", "red", None)
    assert found(admin, module, {"field": "c_budget", "op": "gt", "value": "12"}) == [record["id"]]
    assert found(admin, module, {"field": "c_colour", "op": "eq", "value": "red"}) == [record["id"]]
    assert found(admin, module, {"field": "c_budget", "op": "is_not_empty"}, sort="c_budget") == [other["id"], record["id"]]
    changed = admin.send("PATCH", f"/{module}/{record['id']}", {"version": record["version"], "c_budget": "14.00"})
    assert (changed.status_code, changed.get_json()["c_budget"], changed.get_json()["c_colour"]) == (200, "14.00", "red")
    ids = [record["id"], other["id"]]
    assert admin.send("POST", f"/{module}/batch-update", {"ids": ids, "changes": {"c_colour": "blue"}}).get_json()["succeeded"] == 2
    wrong = admin.send("POST", f"/{module}/batch-update", {"ids": ids, "changes": {"c_colour": "green"}})
    assert [one["field"] for one in wrong.get_json()["errors"]] == ["changes.c_colour"]
    history = admin.send("GET", f"/{module}/{record['id']}/history").get_json()["items"]
    assert {"c_budget", "c_colour"} <= {change["field"] for entry in history for change in entry["changes"]}
    exported = admin.send("GET", f"/{module}/export", query_string={"format": "csv", "filter": json.dumps(leaf(ids))})
    lines = list(csv.DictReader(io.StringIO(exported.get_data().decode("utf-8-sig"))))
    assert sorted((line["Budget"], line["Colour"]) for line in lines) == [("14.00", "blue en"), ("3.00", "blue en")]
    for language, label in LABELS.items():
        meta = admin.send("GET", f"/meta/{module}", headers={"Accept-Language": language}).get_json()
        assert label in {one["label"] for one in meta["fields"]}
    assert ("import" in meta["operations"]) == (module not in ("quotes", "orders"))
    if "import" in meta["operations"]:
        template = admin.send("GET", f"/{module}/import-template", query_string={"format": "csv"}).get_data().decode("utf-8-sig")
        assert "Budget" in next(csv.reader(io.StringIO(template)))


def test_somebody_just_added_is_taken_in_a_field_of_users(house: House) -> None:
    admin = house.at()
    assert admin.send("POST", "/meta/products/fields", {"name": "c_expert", "type": "user", "labels": {"en": "Expert"}}).status_code == 201
    record = made(admin, "products", code="Expert")
    people = [
        admin.send("POST", "/users", {"username": f"expert.{one}", "display_name": "X", "password": PASSWORD}).get_json()["id"]
        for one in range(3)
    ]
    assert made(admin, "products", code="New", c_expert=people[0])["c_expert"] == people[0]
    changed = admin.send("PATCH", f"/products/{record['id']}", {"version": 1, "c_expert": people[1]})
    assert (changed.status_code, changed.get_json()["c_expert"]) == (200, people[1])
    batch = admin.send("POST", "/products/batch-update", {"ids": [record["id"]], "changes": {"c_expert": people[2]}})
    assert batch.get_json() == {"succeeded": 1, "failed": []}


def leaf(ids: list[str]) -> Any:
    return {"field": "id", "op": "in", "value": ids}


def found(admin: Person, module: str, condition: Any, **more: str) -> list[str]:
    answer = admin.send("GET", f"/{module}", query_string={"filter": json.dumps(condition), **more})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.get_json()["items"]]
