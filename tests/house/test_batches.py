"""Every module has its batches and every action its batch form, or decision 71 says why not."""

from __future__ import annotations

import re

from deploy.suite import ROOT
from gateway.modules import MODULES
from gateway.routes import ROUTES

PAGE = next((ROOT / "docs" / "decisions").glob("0071-*.md")).read_text()
PLACES = {(route.method, route.path) for route in ROUTES}
OTHER_NAMES = {"/users/<id>/sessions": "/users/batch-end-sessions"}
"""What ends many of what is deleted for one."""


def test_every_module_has_its_batches_or_a_reason_why_not() -> None:
    lacks, lists = {}, {route.rpc: route.path for route in ROUTES if route.method == "GET"}
    for module, route in MODULES.items():
        place = lists[route.rpc.replace(".describe_", ".list_")]
        missing = {form for form in ("update", "assign", "delete") if ("POST", f"{place}/batch-{form}") not in PLACES}
        if missing:
            lacks[module] = missing
    # Tickets are given to an assignee: batch-assign is that.
    rows = re.findall(r"^\| `([\w-]+)` \| ([a-z, ]+) \|", PAGE, re.MULTILINE)
    assert {module: set(forms.split(", ")) for module, forms in rows} == lacks


def test_every_action_has_its_batch_form_or_a_reason_why_not() -> None:
    single = set()
    for method, path in PLACES:
        found = re.fullmatch(r"(/[\w/-]+)/<id>/([\w-]+)", path)
        if found and method != "GET" and not path.endswith("/attachments"):
            many = OTHER_NAMES.get(path, f"{found[1]}/batch-{found[2]}")
            if ("POST", many) not in PLACES:
                single.add(path)
    assert set(re.findall(r"`(/[^`]+/<id>/[^`]+)`", PAGE)) == single
