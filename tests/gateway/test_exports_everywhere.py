"""Every list of records can be taken along as a file; what has none is named here."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from gateway.routes import ROUTES
from shared import clock
from tests.gateway.house import House

LISTS = sorted(
    route.path.removeprefix("/meta/")
    for route in ROUTES
    if route.method == "GET" and route.path.startswith("/meta/") and route.path.count("/") == 2
)
PLACES = {"pool-customers": "pool/customers", "extension-requests": "pool/extension-requests"}


@pytest.mark.parametrize("module", LISTS)
def test_the_list_comes_as_csv_and_workbook(house: House, module: str) -> None:
    path = f"/{PLACES.get(module, module)}/export"
    told = house.at().send("GET", path, query_string={"format": "csv"})
    assert told.status_code == 200, told.text
    headings = next(csv.reader(io.StringIO(told.get_data().decode("utf-8-sig"))))
    assert len(headings) > 1
    assert house.at().send("GET", path).get_data().startswith(b"PK")


def test_a_token_is_in_no_file(house: House) -> None:
    given = {"name": "key", "permissions": ["user:read"], "expires_at": (clock.now() + timedelta(days=30)).isoformat()}
    token = house.at().send("POST", "/api-tokens", given).get_json()["token"]
    told = house.at().send("GET", "/api-tokens/export?format=csv").get_data().decode()
    assert "key" in told
    assert token not in told
