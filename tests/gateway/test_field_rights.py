"""Field rights on roles, how several roles join, and what the gateway tells about modules."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.rules import least_restrictive
from tests.gateway.test_own_log_in import PASSWORD, client, log_in  # noqa: F401

HIDDEN = {"cost": "hidden"}


@pytest.mark.parametrize(
    ("rights", "joined"),
    [
        ([], {}), ([HIDDEN], HIDDEN), ([HIDDEN, {}], {}), ([HIDDEN, {"cost": "read_only"}], {"cost": "read_only"}),
        ([HIDDEN, {"price": "hidden"}], {}), ([HIDDEN | {"a": "read_only"}, HIDDEN], HIDDEN),
    ],
)  # fmt: skip
def test_the_most_open_role_decides(rights: list[dict[str, str]], joined: dict[str, str]) -> None:
    assert least_restrictive(rights) == joined


def hire(admin: Any, name: str, roles: list[str]) -> None:
    assert admin("POST", "/users", {"username": name, "display_name": name, "password": PASSWORD, "roles": roles}).status_code == 201


def role(admin: Any, code: str, permissions: list[str], rights: Any) -> Any:
    return admin("POST", "/roles", {"code": code, "name": code, "permissions": permissions, "scopes": {}, "field_rights": rights})


def test_a_role_hides_fields_in_rows_and_metadata(log_in: Any) -> None:  # noqa: F811
    admin = log_in()
    assert role(admin, "clerk", ["user:read"], {"users": {"mobile": "hidden", "email": "read_only"}}).status_code == 201
    hire(admin, "clerk1", ["clerk"])
    clerk = log_in("clerk1")
    assert all("mobile" not in row and "email" in row for row in clerk("GET", "/users").json["items"])
    fields = {field["name"]: field for field in clerk("GET", "/meta/users").json["fields"]}
    assert "mobile" not in fields
    assert fields["email"]["read_only"]
    assert clerk("GET", '/users?filter={"field":"mobile","op":"is_empty"}').status_code == 400
    role(admin, "reader", ["user:read"], {})
    role(admin, "bystander", ["product:read"], {})
    hire(admin, "clerk2", ["clerk", "reader"])
    hire(admin, "clerk3", ["clerk", "bystander"])
    assert all("mobile" in row for row in log_in("clerk2")("GET", "/users").json["items"])
    assert all("mobile" not in row for row in log_in("clerk3")("GET", "/users").json["items"])


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        (["mobile"], "invalid_object"), ({"users": ["mobile"]}, "invalid_object"), ({"planets": {"mobile": "hidden"}}, "unknown_module"),
        ({"users": {"mobile": "blurred"}}, "unknown_restriction"), ({"users": {"id": "hidden"}}, "field_always_open"),
    ],
)  # fmt: skip
def test_bad_field_rights_are_refused(log_in: Any, rights: Any, code: str) -> None:  # noqa: F811
    refused = role(log_in(), "clerk", ["user:read"], rights)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, code)


def test_the_modules_a_caller_may_open(log_in: Any) -> None:  # noqa: F811
    admin = log_in()
    modules = {one["module"]: one for one in admin("GET", "/meta").json["items"]}
    assert modules["payment-plans"] == {"module": "payment-plans", "path": "/api/v1/payment-plans", "label": "Payment plans"}
    assert modules["pool-customers"]["path"] == "/api/v1/pool/customers"
    role(admin, "clerk", ["user:read"], {})
    hire(admin, "clerk1", ["clerk"])
    assert [one["module"] for one in log_in("clerk1")("GET", "/meta").json["items"]] == ["users"]


def test_metadata_is_not_sent_twice(log_in: Any) -> None:  # noqa: F811
    admin = log_in()
    first = admin("GET", "/meta/users")
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    admin.headers = admin.headers | {"If-None-Match": first.headers["ETag"]}
    again = admin("GET", "/meta/users")
    assert (again.status_code, again.data) == (304, b"")
    admin("POST", "/users/views", {"name": "Mine"})
    assert admin("GET", "/meta/users").status_code == 200
