"""Whatever is imported, a dry run names every wrong cell: its row, its column, and what stands there."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.parts import SERVICES
from services.customer.service import CustomerService
from shared.bus import Service
from shared.i18n import LANGUAGES
from tests.shared.test_imports import checked, csv_of

IMPORTING = [(service, resource) for service in SERVICES for resource in service.resources if resource.imports]
TAKES_ANYTHING = ("text", "long_text", "list")


def test_what_the_specification_names_can_be_imported() -> None:
    assert {"customers", "contacts", "products", "price_list_items"} <= {resource.name for _, resource in IMPORTING}


@pytest.mark.parametrize(("service", "resource"), IMPORTING, ids=lambda one: getattr(one, "name", ""))
def test_every_wrong_cell_is_named_with_what_stands_there(door_of: Any, caller: Any, service: type[Service], resource: Any) -> None:
    door = door_of(service)
    for language in LANGUAGES:
        me = caller(language=language)
        columns = door.call(f"{resource.name}_import_template", me)["columns"]
        wrong = {column["name"]: f"Nonsense {index}" for index, column in enumerate(columns) if column["kind"] not in TAKES_ANYTHING}
        cells = [wrong.get(column["name"], "fine") for column in columns]
        job = checked(door, me, csv_of(cells, headings=[column["label"] for column in columns]), module=resource.name)
        [bad] = job["bad_rows"]
        told = {one["field"].partition(".")[0]: one for one in bad["errors"]}
        assert (bad["row"], told.keys()) == (2, wrong.keys())
        for column in columns:
            if error := told.get(column["name"]):
                assert (error["heading"], error["value"]) == (column["label"], wrong[column["name"]])
                assert "{" not in error["detail"]
                # People are told the words they may write, not the values behind them.
                assert not column["choices"] or column["choices"][0] in error["detail"], error


def test_a_name_that_several_records_have_means_none_of_them(door_of: Any, caller: Any) -> None:
    door, me = door_of(CustomerService), caller()
    customer = door.call("create_customer", me, name="Acme")
    for name in ("Ann", "Ann", "Bob"):
        door.call("create_contact", me, customer_id=customer["id"], name=name)
    rows = (["Cem", "Acme", "Ann"], ["Dan", "Acme", "Bob"], ["Eva", "Acme", "Nobody"])
    job = checked(door, me, csv_of(*rows, headings=["name", "customer_id", "reports_to_id"]), module="contacts")
    assert [(bad["row"], [(one["value"], one["code"]) for one in bad["errors"]]) for bad in job["bad_rows"]] == [
        (2, [("Ann", "ambiguous_name")]), (4, [("Nobody", "name_not_found")]),
    ]  # fmt: skip
