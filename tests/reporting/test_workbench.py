"""The workbench: who gets which widgets, and the templates that say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from gateway.rules import DEFAULT_ROLES, PERMISSIONS
from services.reporting import presets
from services.reporting.service import ReportingService
from services.reporting.workbench.rules import (
    CATALOGUE,
    PRESETS,
    WIDGETS,
    Place,
    Size,
    by_permission,
    gathered,
    preset_of,
    problem_with,
)
from shared.caller import Caller
from shared.contracts.identity import RoleDeleted
from shared.i18n import LANGUAGES, text
from tests.kept import kept
from tests.office import Office, refusal

SELLING = ("customer:read", "customer:create", "order:read", "order:create", "workbench_template:read")
ORDERS, MINE, VISITS = ({"code": code, "size": size} for code, size in (("orders_this_month", "small"), ("my_customers", "half"), ("customers_to_visit", "full")))  # fmt: skip


def may_of(role: str) -> Callable[[str], bool]:
    permissions, _ = DEFAULT_ROLES[role]
    return lambda permission: permission in permissions or "*" in permissions


class TestRules:
    def test_widgets_are_known_once_and_need_permissions_that_there_are(self) -> None:
        assert len(WIDGETS) == len(CATALOGUE)
        for widget in CATALOGUE:
            assert widget.needs and {*widget.needs, *widget.suits} <= PERMISSIONS, widget.code
            assert widget.sizes and set(widget.sizes) <= set(Size), widget.code
            assert all(text("choices", f"workbench_template.code.{widget.code}", one, "services.reporting") for one in LANGUAGES), (
                widget.code
            )

    def test_every_default_role_begins_with_widgets_that_it_may_see(self) -> None:
        assert PRESETS.keys() == DEFAULT_ROLES.keys()
        for role in PRESETS:
            places = preset_of(role)
            assert problem_with(places) is None, role
            assert [one for one in places if not WIDGETS[one.code].is_open_to(may_of(role))] == [], role
            assert all(text("presets", f"workbench.{role}", one, "services.reporting") for one in LANGUAGES)

    @pytest.mark.parametrize(
        ("places", "problem"),
        [
            ([], None),
            ([("my_customers", "small"), ("orders_trend", "full")], None),
            ([("my_customers", "small"), ("due_plans", "half"), ("my_customers", "half")], (2, "code", "repeated_widget")),
            ([("due_plans", "half"), ("orders_trend", "small")], (1, "size", "impossible_size")),
            ([("my_customers", "full")], (0, "size", "impossible_size")),
        ],
    )
    def test_a_widget_is_there_once_and_in_a_size_it_can_have(self, places: list[tuple[str, str]], problem: Any) -> None:
        assert problem_with([Place(*one) for one in places]) == problem

    def test_several_templates_give_each_widget_once_as_it_stands_first(self) -> None:
        found = gathered([[ORDERS, MINE], [MINE | {"size": "small"}, VISITS, ORDERS]], lambda permission: True)
        assert found == [Place("orders_this_month", "small"), Place("my_customers", "half"), Place("customers_to_visit", "full")]

    def test_what_one_may_not_see_and_what_is_not_known_is_left_out(self) -> None:
        unknown = {"code": "of_a_later_version", "size": "small"}
        assert gathered([[unknown, ORDERS, MINE]], lambda permission: permission == "customer:read") == [Place("my_customers", "half")]
        needs_both = [{"code": "orders_to_approve", "size": "half"}]
        assert gathered([needs_both], lambda permission: permission == "order:approve") == []

    def test_without_a_template_one_gets_what_belongs_to_ones_work(self) -> None:
        reads = by_permission(lambda permission: permission in ("customer:read", "ticket:read", "order:read"))
        assert reads == []
        sells = {one.code for one in by_permission(may_of("sales_rep"))}
        assert {"my_customers", "orders_this_month", "customers_to_visit", "orders_trend"} <= sells
        assert not {"my_tickets", "orders_to_approve", "recent_receipts"} & sells
        assert [one.code for one in by_permission(may_of("admin"))] == [one.code for one in CATALOGUE]


class Desk(Office):
    """An administrator, a representative, and the templates an installation starts with."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, ReportingService)
        self.rep, self.code = self.with_role("Rep", *SELLING)
        self.engineer, self.other = self.with_role("Engineer", "ticket:read", "ticket:resolve")

    def with_role(self, name: str, *permissions: str) -> tuple[Caller, str]:
        """Somebody as the gateway would tell of them, and the code of their role."""
        caller = self.hire(name, *permissions)
        [code] = self.identity.call("get_user", self.admin, id=caller.user_id)["roles"]
        return replace(caller, roles=(code,)), code

    def start(self, language: str = "en") -> None:
        """What every start does."""
        with self.reporting.database.transaction() as db:
            presets.load(db, replace(self.reporting.settings, language=language))

    def template(self, *widgets: dict[str, str], **fields: Any) -> Any:
        """A template for the representative's role, unless it says more."""
        given = {"name": "Ours", "roles": [self.code], "widgets": list(widgets) or [ORDERS], **fields}
        return self.reporting.call("create_workbench_template", self.admin, **given)

    def change(self, template: Any, **fields: Any) -> Any:
        """Change a template."""
        return self.reporting.call("update_workbench_template", self.admin, id=template["id"], version=template["version"], **fields)

    def names(self) -> list[str]:
        """What the templates are called, in their order."""
        return [row["name"] for row in self.reporting.call("list_workbench_templates", self.admin)["items"]]

    def shown(self, who: Caller | None = None) -> list[tuple[str, str]]:
        """The widgets on somebody's workbench."""
        return [(one["code"], one["size"]) for one in self.reporting.call("get_workbench", who or self.rep)["items"]]


@pytest.fixture
def desk(door_of: Any) -> Desk:
    return kept(Desk, door_of)


class TestWorkbench:
    def test_a_role_gets_the_widgets_of_its_templates_in_order(self, desk: Desk) -> None:
        default = desk.shown()
        assert ("my_customers", "small") in default
        template = desk.template(VISITS, ORDERS)
        assert desk.shown() == [("customers_to_visit", "full"), ("orders_this_month", "small")]
        desk.template(MINE, ORDERS, name="More")
        assert desk.shown() == [("customers_to_visit", "full"), ("orders_this_month", "small"), ("my_customers", "half")]
        desk.change(template, widgets=[ORDERS, VISITS])
        assert [code for code, _ in desk.shown()] == ["orders_this_month", "customers_to_visit", "my_customers"]
        assert ("late_tickets", "small") in desk.shown(desk.engineer)
        assert desk.shown(replace(desk.rep, roles=())) == default

    def test_what_the_caller_may_not_see_is_not_told(self, desk: Desk) -> None:
        desk.template(ORDERS, MINE, {"code": "late_tickets", "size": "small"})
        assert desk.shown() == [("orders_this_month", "small"), ("my_customers", "half")]
        assert desk.shown(replace(desk.rep, permissions=frozenset({"customer:read"}))) == [("my_customers", "half")]
        desk.template({"code": "due_plans", "size": "half"}, roles=[desk.other])
        assert desk.shown(desk.engineer) == []

    def test_one_that_is_off_or_deleted_counts_no_more(self, desk: Desk) -> None:
        default, template = desk.shown(), desk.template(VISITS)
        desk.reporting.call("batch_update_workbench_templates", desk.admin, ids=[template["id"]], changes={"is_active": False})
        assert desk.shown() == default
        desk.change(template | {"version": 2}, is_active=True)
        assert desk.shown() == [("customers_to_visit", "full")]
        desk.reporting.call("delete_workbench_template", desk.admin, id=template["id"])
        assert desk.shown() == default
        desk.reporting.call("restore_workbench_template", desk.admin, id=template["id"])
        assert desk.shown() == [("customers_to_visit", "full")]

    def test_it_is_one_query_whatever_is_on_it(self, desk: Desk) -> None:
        for number in range(3):
            desk.template(ORDERS, MINE, VISITS, name=f"Template {number}")
        asked: list[str] = []
        note = lambda connection, cursor, statement, *more: asked.append(statement)  # noqa: E731
        event.listen(desk.reporting.database.engine, "before_cursor_execute", note)
        try:
            assert len(desk.shown()) == 3
        finally:
            event.remove(desk.reporting.database.engine, "before_cursor_execute", note)
        assert [one for one in asked if one.startswith("SELECT")] == [one for one in asked if "FROM workbench_templates" in one]
        assert len([one for one in asked if one.startswith("SELECT")]) == 1

    def test_titles_are_in_the_callers_language(self, desk: Desk) -> None:
        desk.template(VISITS)
        for language, title in (("en", "To visit"), ("zh-CN", "待回访客户"), ("zh-TW", "待回訪客戶")):
            assert desk.reporting.call("get_workbench", replace(desk.rep, language=language))["items"] == [
                {"code": "customers_to_visit", "title": title, "size": "full"}
            ]
            widgets = desk.reporting.call("list_widgets", replace(desk.rep, language=language))["items"]
            told = next(one for one in widgets if one["code"] == "customers_to_visit")
            assert told == {"code": "customers_to_visit", "title": title, "sizes": ["half", "full"], "permissions": ["customer:read"]}
            assert len(widgets) == len(CATALOGUE)


class TestTemplates:
    def test_bad_input_names_the_field_and_stores_nothing(self, desk: Desk) -> None:
        for given, field, code in (
            ({"widgets": []}, "widgets", "too_few_items"),
            ({"widgets": [ORDERS] * 41}, "widgets", "too_many_items"),
            ({"widgets": [ORDERS, {"code": "no_such", "size": "small"}]}, "widgets.1.code", "invalid_choice"),
            ({"widgets": [ORDERS, MINE, ORDERS]}, "widgets.2.code", "repeated_widget"),
            ({"widgets": [ORDERS, {"code": "my_customers"}]}, "widgets.1.size", "required"),
            ({"widgets": [ORDERS, MINE | {"size": "huge"}]}, "widgets.1.size", "invalid_choice"),
            ({"widgets": [ORDERS, MINE | {"size": "full"}]}, "widgets.1.size", "impossible_size"),
            ({"widgets": [ORDERS | {"colour": "red"}]}, "widgets.0.colour", "unknown_field"),
            ({"widgets": None}, "widgets", "must_not_be_null"),
            ({"roles": [desk.code, "nobody"]}, "roles.1", "unknown_role"),
            ({"roles": [desk.code, desk.code]}, "roles", "repeated_items"),
            ({"roles": [""]}, "roles.0", "must_not_be_blank"),
            ({"name": " "}, "name", "must_not_be_blank"),
            ({"name": "x" * 121}, "name", "too_long"),
            ({"owner_id": desk.rep.user_id}, "owner_id", "read_only"),
        ):
            fields = {"name": "n", "roles": [desk.code], "widgets": [ORDERS], **given}
            refused = refusal(desk.reporting, "create_workbench_template", desk.admin, **fields)
            assert (refused.status, refused.fields) == (422, {field: code}), given
        for name in ("name", "widgets"):
            without = {"name": "n", "widgets": [ORDERS]}
            del without[name]
            assert refusal(desk.reporting, "create_workbench_template", desk.admin, **without).fields == {name: "required"}
        told = refusal(desk.reporting, "create_workbench_template", replace(desk.admin, language="zh-CN"), name="n", widgets=[VISITS | {"size": "small"}])  # fmt: skip
        assert "half, full" in json.dumps(told.problem["errors"], ensure_ascii=False)
        assert desk.names() == []

    def test_a_change_says_what_changed_and_needs_the_version(self, desk: Desk) -> None:
        template = desk.template(ORDERS)
        desk.change(template, name="Renamed", widgets=[MINE])
        assert refusal(desk.reporting, "update_workbench_template", desk.admin, id=template["id"], version=1, name="Late").status == 409
        assert refusal(desk.reporting, "update_workbench_template", desk.admin, id=template["id"], version=2, widgets=[MINE, MINE]).fields == {"widgets.1.code": "repeated_widget"}  # fmt: skip
        entry = desk.reporting.call("workbench_template_history", desk.admin, id=template["id"])["items"][0]
        assert {change["field"] for change in entry["changes"]} == {"name", "widgets"}
        assert (
            refusal(desk.reporting, "batch_update_workbench_templates", desk.admin, ids=[template["id"]], changes={"roles": []}).status
            == 422
        )

    def test_a_role_just_made_is_known_and_one_that_is_gone_leaves_the_templates(self, desk: Desk) -> None:
        role = desk.identity.call("create_role", desk.admin, code="short_lived", name="Short", permissions=["customer:read"], scopes={})
        template = desk.template(ORDERS, roles=["short_lived", desk.code])
        deleted = desk.template(ORDERS, roles=["short_lived"], name="In the bin")
        desk.reporting.call("delete_workbench_template", desk.admin, id=deleted["id"])
        desk.identity.call("delete_role", desk.admin, id=role["id"])
        assert refusal(desk.reporting, "create_workbench_template", desk.admin, name="n", widgets=[ORDERS], roles=["short_lived"]).fields == {"roles.0": "unknown_role"}  # fmt: skip
        desk.settle()
        [gone] = desk.identity.published(RoleDeleted)
        desk.reporting.deliver(gone)
        assert desk.reporting.call("get_workbench_template", desk.admin, id=template["id"])["roles"] == [desk.code]
        assert desk.reporting.call("restore_workbench_template", desk.admin, id=deleted["id"])["roles"] == []
        [entry, _] = desk.reporting.call("workbench_template_history", desk.admin, id=template["id"])["items"]
        assert entry["changes"] == [{"field": "roles", "old": ["short_lived", desk.code], "new": [desk.code]}]

    def test_the_code_of_a_role_stays(self, desk: Desk) -> None:
        role = desk.identity.call("create_role", desk.admin, code="fixed", name="Fixed", permissions=[], scopes={})
        refused = refusal(desk.identity, "update_role", desk.admin, id=role["id"], version=1, code="other")
        assert (refused.status, refused.fields) == (422, {"code": "read_only"})
        assert desk.identity.call("update_role", desk.admin, id=role["id"], version=1, name="Renamed")["code"] == "fixed"

    def test_what_an_installation_starts_with_is_added_once(self, desk: Desk) -> None:
        desk.start("zh-CN")
        rows = desk.reporting.call("list_workbench_templates", desk.admin)["items"]
        assert {tuple(row["roles"]) for row in rows} == {(role,) for role in DEFAULT_ROLES}
        assert {row["name"] for row in rows} >= {"销售代表工作台", "财务工作台"}
        first, second, third, *rest = rows
        desk.change(first, name="Another", roles=[], widgets=[ORDERS])
        for one in (second, third):
            desk.reporting.call("delete_workbench_template", desk.admin, id=one["id"])
        desk.reporting.call("purge_workbench_template", desk.admin, id=third["id"])
        desk.start("en")
        desk.start("en")
        assert sorted(desk.names()) == sorted(["Another", *(row["name"] for row in rest)])

    def test_each_default_role_sees_its_template(self, desk: Desk) -> None:
        desk.start()
        for role, (permissions, _) in DEFAULT_ROLES.items():
            caller = replace(desk.rep, roles=(role,), permissions=frozenset(permissions))
            assert [code for code, _ in desk.shown(caller)] == list(PRESETS[role])
