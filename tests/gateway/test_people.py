"""Users, departments and roles: the line and the tree without rings, and what stands in history and audit log of a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway import queries
from gateway.dispatch import is_setting
from gateway.models import AuditEntry, Department, Role, User
from gateway.routes import ROUTES
from services.activity.mail.models import MailRecipient
from shared import clock
from shared.contracts.identity import DepartmentDeleted, RoleCreated, RoleDeleted, RoleScope, RoleUpdated
from shared.db import new_id
from shared.errors import DeadlineExceeded
from tests.gateway.house import PASSWORD, House, Person, Wire


def change(admin: Person, path: str, **changes: Any) -> Any:
    version = admin.send("GET", path).get_json()["version"]
    return admin.send("PATCH", path, {"version": version, **changes})


def refused(answer: Any) -> tuple[int, dict[str, str]]:
    return answer.status_code, {one["field"]: one["code"] for one in answer.get_json()["errors"]}


def newest(admin: Person, action: str) -> Any:
    query = {"filter": f'{{"field": "action", "op": "eq", "value": "{action}"}}', "page_size": 1}
    items = admin.send("GET", "/audit-log", query_string=query).get_json()["items"]
    return items[0] if items else None


def test_the_reporting_line_is_no_ring(house: House) -> None:
    admin = house.at()
    top = house.employ("line.top", "sales_director")
    middle = house.employ("line.middle", "sales_rep", manager_id=top.id)
    low = house.employ("line.low", "sales_rep", manager_id=middle.id)
    assert refused(change(admin, f"/users/{top.id}", manager_id=low.id)) == (422, {"manager_id": "reporting_line_cycle"})
    assert refused(change(admin, f"/users/{top.id}", manager_id=top.id)) == (422, {"manager_id": "unknown_user"})
    assert admin.send("GET", f"/users/{top.id}").get_json()["manager_id"] is None
    assert change(admin, f"/users/{low.id}", manager_id=top.id).status_code == 200
    assert change(admin, f"/users/{middle.id}", manager_id=low.id).status_code == 200


def test_who_left_is_nobodys_new_manager(house: House) -> None:
    admin = house.at()
    gone, stays = house.employ("gone.manager", "sales_director"), house.employ("gone.stays", "sales_director")
    report = house.employ("gone.report", "sales_rep", manager_id=gone.id)
    assert admin.send("POST", f"/users/{gone.id}/deactivate", {"handover_to": stays.id}).status_code == 200
    given = {"username": "gone.new", "display_name": "New", "password": PASSWORD, "manager_id": gone.id}
    assert refused(admin.send("POST", "/users", given)) == (422, {"manager_id": "unknown_user"})
    assert refused(change(admin, f"/users/{stays.id}", manager_id=gone.id)) == (422, {"manager_id": "unknown_user"})
    same = change(admin, f"/users/{report.id}", manager_id=gone.id, job_title="Agent")
    assert (same.status_code, same.get_json()["job_title"]) == (200, "Agent"), "a form sends what stands there"


def meanwhile(house: House, work: Callable[[Session], Any], send: Callable[[], Any]) -> Any:
    """The answer to a request that comes while somebody's transaction has done its `work` and is not over."""
    with ThreadPoolExecutor(1) as pool:
        with house.identity.database.transaction() as db:
            work(db)
            db.flush()
            answer = pool.submit(send)
            time.sleep(0.3)
        return answer.result(30)


def moved(model: type[Any], row_id: str, **values: Any) -> Callable[[Session], None]:
    """What a change of a record does to it."""

    def work(db: Session) -> None:
        row = db.get_one(model, row_id, with_for_update=True)
        for name, value in values.items():
            setattr(row, name, value)

    return work


def test_two_at_once_make_no_ring(house: House) -> None:
    admin = house.at()
    low, middle, top = (house.employ(f"ring.{one}", "sales_rep") for one in ("low", "middle", "top"))
    assert change(admin, f"/users/{middle.id}", manager_id=top.id).status_code == 200
    answer = meanwhile(house, moved(User, low.id, manager_id=middle.id), lambda: change(admin, f"/users/{top.id}", manager_id=low.id))
    assert refused(answer) == (422, {"manager_id": "reporting_line_cycle"})
    one, two, three = (admin.send("POST", "/departments", {"name": f"Ring {at}"}).get_json()["id"] for at in range(3))
    assert change(admin, f"/departments/{two}", parent_id=three).status_code == 200
    answer = meanwhile(house, moved(Department, one, parent_id=two), lambda: change(admin, f"/departments/{three}", parent_id=one))
    assert refused(answer) == (422, {"parent_id": "department_cycle"})


def test_nobody_joins_what_is_being_removed(house: House) -> None:
    admin = house.at()
    gone = moved(Department, admin.send("POST", "/departments", {"name": "Leaving"}).get_json()["id"], deleted_at=clock.now())
    (leaving,) = admin.send("GET", "/departments", query_string={"q": "Leaving"}).get_json()["items"]
    answer = meanwhile(house, gone, lambda: admin.send("POST", "/departments", {"name": "Late", "parent_id": leaving["id"]}))
    assert refused(answer) == (422, {"parent_id": "unknown_department"})
    role = admin.send("POST", "/roles", {"code": "leaving", "name": "Leaving", "permissions": [], "scopes": {}}).get_json()
    given = {"username": "late.one", "display_name": "Late", "password": PASSWORD, "roles": ["leaving"]}
    answer = meanwhile(house, moved(Role, role["id"], deleted_at=clock.now()), lambda: admin.send("POST", "/users", given))
    assert refused(answer) == (422, {"roles": "unknown_role"})


def test_roles_and_departments_that_come_change_and_go_are_told(house: House) -> None:
    admin, kinds = house.at(), (RoleCreated, RoleUpdated, RoleDeleted, DepartmentDeleted)
    presets = {event.code for event in house.identity.published(RoleCreated)}  # type: ignore[attr-defined]
    assert presets >= {"admin", "sales_rep", "pool_admin"}
    before = len(house.identity.published(*kinds))
    given = {
        "code": "told",
        "name": "Told",
        "permissions": ["customer:read"],
        "scopes": {"customers": "team", "*": "own"},
        "field_rights": {},
    }
    role = admin.send("POST", "/roles", given).get_json()
    assert change(admin, f"/roles/{role['id']}", name="Told anew").status_code == 200
    assert change(admin, f"/roles/{role['id']}", name="Told anew").status_code == 200
    assert admin.send("DELETE", f"/roles/{role['id']}").status_code == 204
    department = admin.send("POST", "/departments", {"name": "Short-lived"}).get_json()["id"]
    assert admin.send("DELETE", f"/departments/{department}").status_code == 204
    scopes = (RoleScope(module="customers", scope="team"), RoleScope(module="*", scope="own"))
    created = RoleCreated(role_id=role["id"], code="told", name="Told", permissions=("customer:read",), scopes=scopes, version=1)
    assert house.identity.published(*kinds)[before:] == [
        created,
        RoleUpdated(role_id=role["id"], code="told", name="Told anew", permissions=("customer:read",), scopes=scopes, version=2),
        RoleDeleted(role_id=role["id"], code="told", version=3),
        DepartmentDeleted(department_id=department, version=2),
    ]


def test_departments_are_a_tree(house: House) -> None:
    admin = house.at()
    above = admin.send("POST", "/departments", {"name": "Above"}).get_json()["id"]
    below = admin.send("POST", "/departments", {"name": "Below", "parent_id": above}).get_json()["id"]
    assert refused(change(admin, f"/departments/{above}", parent_id=below)) == (422, {"parent_id": "department_cycle"})
    assert refused(change(admin, f"/departments/{above}", parent_id=above)) == (422, {"parent_id": "department_cycle"})
    assert admin.send("DELETE", f"/departments/{above}").get_json()["code"] == "department_not_empty"


def test_a_department_comes_back_below_one_that_is_there(house: House) -> None:
    admin = house.at()
    above = admin.send("POST", "/departments", {"name": "Bin top"}).get_json()["id"]
    below = admin.send("POST", "/departments", {"name": "Bin below", "parent_id": above}).get_json()["id"]
    for one in (below, above):
        assert admin.send("DELETE", f"/departments/{one}").status_code == 204
    assert refused(admin.send("POST", f"/departments/{below}/restore")) == (422, {"parent_id": "unknown_department"})
    for one in (above, below):
        assert admin.send("POST", f"/departments/{one}/restore").status_code == 200
    assert admin.send("GET", f"/departments/{below}").get_json()["parent_id"] == above


def test_a_change_of_roles_stands_in_history_and_audit_log_by_name(house: House) -> None:
    admin, person = house.at(), house.employ("promoted.one", "sales_rep")
    assert change(admin, f"/users/{person.id}", roles=["finance", "marketing"], job_title="Both").status_code == 200
    house.settle()
    entries = admin.send("GET", f"/users/{person.id}/history").get_json()["items"]
    changes = {one["field"]: (one["old"], one["new"]) for entry in entries[:2] for one in entry["changes"]}
    assert changes == {"roles": (["sales_rep"], ["finance", "marketing"]), "job_title": (None, "Both")}
    assert {entry["by_name"] for entry in entries[:2]} == {"管理员"}
    line = newest(admin, "roles_changed")
    assert {one["name"]: one["value"] for one in line["facts"]} == {"user": "Promoted.One", "roles": "Finance, Marketing"}
    count = len(entries)
    assert change(admin, f"/users/{person.id}", roles=["finance", "marketing"]).status_code == 200
    assert len(admin.send("GET", f"/users/{person.id}/history").get_json()["items"]) == count


def test_a_password_that_somebody_else_sets_and_a_role_that_goes_are_logged(house: House) -> None:
    admin, person = house.at(), house.employ("forgot.it", "sales_rep")
    assert change(admin, f"/users/{person.id}", password="another-long-one").status_code == 200
    line = newest(admin, "password_changed")
    assert (line["user_id"], line["detail"]) == (admin.id, {"user": person.id})
    role = admin.send("POST", "/roles", {"code": "short_lived", "name": "Short", "permissions": [], "scopes": {}}).get_json()
    assert admin.send("DELETE", f"/roles/{role['id']}").status_code == 204
    assert [one["value"] for one in newest(admin, "role_deleted")["facts"]] == ["Short"]


def test_settings_of_every_service_are_logged(house: House) -> None:
    admin = house.at()
    levels = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
    tries = [
        ("PUT", "/pool/settings", {"protection_days": 12}), ("PUT", "/tickets/service-levels", levels), ("PUT", "/finance/settings", {"remind_days_before": 3}),
        ("POST", "/meta/customers/fields", {"name": "size", "labels": {"en": "Size"}, "type": "text"}),
        ("POST", "/pools", {"name": "South", "protection_days": 5}),
        ("POST", "/approval-rules", {"name": "All", "steps": [{"kind": "manager"}]}),
        ("POST", "/workbench/templates", {"name": "Ours", "widgets": [{"code": "my_customers", "size": "small"}]}),
        ("PUT", "/mail/settings", {"host": "mail.example.com", "password": "s3cret-of-the-server", "sender_address": "crm@example.com"}),
    ]  # fmt: skip
    told: list[list[str]] = []
    for method, path, body in tries:
        answer = admin.send(method, path, body)
        assert answer.status_code < 300, (path, answer.text)
        line = newest(admin, "settings_changed")
        assert (line["detail"], line["user_id"]) == ({"setting": path, "fields": sorted(body)}, admin.id), answer.text
        told.append([one["value"] for one in line["facts"]])
    assert told == [
        ["Pool settings", "Protection period (days)"], ["Service levels", "High, Low, Normal, Urgent"], ["Payment settings", "Reminder days"],
        ["Customers · Custom fields", "Labels, Name, Type"], ["Pools", "Name, Protection period (days)"], ["Approval rules", "Name, Steps"],
        ["Workbench templates", "Name, Widgets"],
        ["Mail settings", "Server, Password, Sender's address"],
    ]  # fmt: skip
    assert "s3cret" not in admin.send("GET", "/audit-log").text + admin.send("GET", "/mail/settings").text
    before = newest(admin, "settings_changed")["id"]
    assert admin.send("PUT", "/pool/settings", {"protection_days": 0}).status_code == 422
    assert admin.send("POST", "/pool/rehearsal", {"settings": {"protection_days": 3}}).status_code == 200
    assert admin.send("POST", "/mail/settings/test", {"host": "no-such-host.invalid", "to": "a@example.com"}).status_code == 422
    assert newest(admin, "settings_changed")["id"] == before


def test_every_route_that_sets_something_is_one() -> None:
    paths = {f"{route.method} {route.path}" for route in ROUTES if is_setting(route)}
    assert {
        "PUT /pool/settings",
        "PUT /finance/settings",
        "PUT /tickets/service-levels",
        "PUT /mail/settings",
        "DELETE /pools/<id>",
    } <= paths
    assert any("/fields" in one for one in paths) and any("/choices" in one for one in paths) and any("/numbering" in one for one in paths)
    assert {"POST /workbench/templates", "PATCH /workbench/templates/<id>", "DELETE /workbench/templates/<id>"} <= paths
    assert {"PATCH /approval-rules/<id>", "PUT /approval-rules/arrangement", "POST /approval-rules/batch-delete"} <= paths
    assert not {"POST /pool/rehearsal", "POST /mail/settings/test", "PATCH /organisation", "POST /approval-rules/views"} & paths


def test_the_same_change_sent_again_is_logged_once(house: House) -> None:
    admin, key = house.at(), {"Idempotency-Key": "settings-once"}
    before = clock.now().isoformat().replace("+00:00", "Z")
    for _ in range(2):
        assert admin.send("PUT", "/pool/settings", {"protection_days": 9}, headers=key).status_code == 200
    query = {"filter": '{"field": "action", "op": "eq", "value": "settings_changed"}', "page_size": 2}
    log = admin.send("GET", "/audit-log", query_string=query).get_json()["items"]
    few = admin.send("GET", "/audit-log", query_string=query | {"fields": "at,action_name", "page_size": 1}).get_json()["items"]
    assert few == [{"at": log[0]["at"], "action_name": "Settings changed"}]
    assert [one["at"] >= before for one in log] in ([True], [True, False])


def test_a_change_of_settings_whose_answer_nobody_heard_is_in_the_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is there before the change: however the gateway ends in between, no change goes without it."""
    admin = house.at()
    real, seen = Wire.call, list[Any]()

    def dying(self: Wire, method: str, *args: Any, **kwargs: Any) -> Any:
        if method == "pool.update_pool_settings":
            with house.identity.database.transaction(read=True) as db:
                seen.append(db.query(AuditEntry).order_by(AuditEntry.id.desc()).first())
            real(self, method, *args, **kwargs)
            raise DeadlineExceeded
        return real(self, method, *args, **kwargs)

    monkeypatch.setattr(Wire, "call", dying)
    assert admin.send("PUT", "/pool/settings", {"protection_days": 77}).status_code == 504
    monkeypatch.undo()
    assert admin.send("GET", "/pool/settings").get_json()["protection_days"] == 77
    line = newest(admin, "settings_changed")
    expected = {"setting": "/pool/settings", "fields": ["protection_days"], "outcome": "unknown"}
    assert (line["detail"], seen[0].detail, line["facts"][-1]["value"]) == (expected, expected, "not known: nobody heard the answer")


def test_an_administrator_is_left(house: House) -> None:
    admin, clerk = house.at(), house.employ("left.clerk", "sales_rep")
    second = house.employ("left.second", "admin")
    assert change(admin, f"/users/{second.id}", roles=["sales_rep"]).status_code == 200, "there is another one"
    helpers = {"code": "helpers", "name": "Helpers", "permissions": ["user:read", "user:update"], "scopes": {"*": "all"}}
    assert admin.send("POST", "/roles", helpers).status_code == 201
    assert change(admin, f"/users/{clerk.id}", roles=["helpers"]).status_code == 200
    answers = [
        change(admin, f"/users/{admin.id}", roles=["sales_rep"]),
        clerk.send("POST", f"/users/{admin.id}/deactivate", {"handover_to": second.id}),
        clerk.send("POST", "/users/batch-update", {"ids": [admin.id], "changes": {"roles": []}}),
    ]
    told = [answer.get_json().get("failed", [answer.get_json()])[0]["code"] for answer in answers]
    assert ([answer.status_code for answer in answers], set(told)) == ([409] * 3, {"last_administrator"})
    assert admin.send("GET", "/auth/me").get_json()["user"]["roles"] == ["admin"]
    stale = clerk.send("POST", f"/users/{second.id}/deactivate", {"handover_to": admin.id, "version": 1})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale_version")


def failures(answer: Any) -> dict[str, str]:
    return {one["id"]: one["code"] for one in answer.get_json()["failed"]}


def test_many_users_get_what_they_may_share(house: House) -> None:
    admin = house.at()
    department = admin.send("POST", "/departments", {"name": "Branch"}).get_json()["id"]
    boss = house.employ("batch.boss", "sales_director")
    people = [house.employ(f"batch.{number}", "sales_rep") for number in range(2)]
    ids = [person.id for person in (*people, boss)]
    assert people[0].send("GET", "/audit-log").status_code == 403
    shared = {
        "department_id": department,
        "manager_id": boss.id,
        "roles": ["admin"],
        "language": "en",
        "time_zone": "Europe/Paris",
        "job_title": "Team",
    }
    answer = admin.send("POST", "/users/batch-update", {"ids": ids, "changes": shared})
    assert (answer.status_code, answer.get_json()["succeeded"], failures(answer)) == (200, 2, {boss.id: "unknown_user"})
    for person in people:
        user = admin.send("GET", f"/users/{person.id}").get_json()
        assert {name: user[name] for name in shared} == shared
        assert person.send("GET", "/audit-log").status_code == 200
    assert admin.send("GET", f"/users/{boss.id}").get_json()["department_id"] is None
    assert people[1].send("GET", f"/users/{boss.id}/history").get_json()["items"][0]["action"] == "created"
    ring = admin.send("POST", "/users/batch-update", {"ids": [boss.id], "changes": {"manager_id": people[0].id}})
    assert (ring.status_code, failures(ring)) == (409, {boss.id: "reporting_line_cycle"})
    assert admin.send("POST", "/users/batch-update", {"ids": ids, "changes": {"roles": ["none"]}}).status_code == 409


def test_what_belongs_to_one_user_is_not_changed_for_many(house: House) -> None:
    admin, person = house.at(), house.employ("batch.single", "sales_rep")
    for field, value in (
        ("display_name", "All"),
        ("email", "a@b.com"),
        ("mobile", "13800000000"),
        ("password", "another-password"),
        ("is_active", False),
    ):
        answer = admin.send("POST", "/users/batch-update", {"ids": [person.id], "changes": {field: value}})
        assert answer.status_code == 422, field
    assert person.send("POST", "/users/batch-update", {"ids": [person.id], "changes": {"roles": ["admin"]}}).status_code == 403
    meta = admin.send("GET", "/meta/users").get_json()
    assert "batch_update" in meta["operations"]
    assert not {"batch_delete", "batch_assign"} & set(meta["operations"])
    reminders = admin.send("GET", "/meta/reminders").get_json()["operations"]
    assert {"batch_update", "batch_assign", "batch_delete"} & set(reminders) == {"batch_delete"}


def test_many_users_come_back(house: House) -> None:
    admin = house.at()
    gone, there = house.employ("batch.gone", "sales_rep"), house.employ("batch.there", "sales_rep")
    assert admin.send("POST", f"/users/{gone.id}/deactivate", {"handover_to": admin.id}).status_code == 200
    answer = admin.send("POST", "/users/batch-reactivate", {"ids": [gone.id, there.id]})
    assert (answer.status_code, answer.get_json()["succeeded"], failures(answer)) == (200, 1, {there.id: "user_is_active"})
    assert admin.send("GET", f"/users/{gone.id}").get_json()["is_active"] is True


def test_who_leaves_is_deactivated_and_never_deleted(house: House) -> None:
    admin, person = house.at(), house.employ("people.stays", "sales_rep")
    answer = admin.send("DELETE", f"/users/{person.id}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "users_are_deactivated")
    assert admin.send("POST", "/users/batch-delete", {"ids": [person.id]}).status_code in (404, 405)
    assert person.send("GET", "/auth/me").status_code == 200


def test_what_a_role_or_a_user_cannot_have_is_named(house: House) -> None:
    admin = house.at()
    role = {"code": "odd", "name": "Odd", "permissions": [], "scopes": {}, "field_rights": {}}
    for wrong, field, code in (
        ({"permissions": ["customer:fly"]}, "permissions", "unknown_permission"), ({"scopes": {"customers": "galaxy"}}, "scopes", "unknown_scope"),
    ):  # fmt: skip
        assert refused(admin.send("POST", "/roles", {**role, **wrong})) == (422, {field: code})
    user = {"username": "people.odd", "display_name": "x", "password": "a-long-enough-password", "roles": ["no_such_role"]}
    assert refused(admin.send("POST", "/users", user)) == (422, {"roles": "unknown_role"})


def test_many_roles_are_deleted(house: House) -> None:
    admin = house.at()
    ids = [
        admin.send("POST", "/roles", {"code": code, "name": code, "permissions": [], "scopes": {}, "field_rights": {}}).get_json()["id"]
        for code in ("spare", "worn")
    ]
    house.employ("batch.wearer", "worn")
    fixed = next(role["id"] for role in admin.send("GET", "/roles").get_json()["items"] if role["code"] == "sales_rep")
    answer = admin.send("POST", "/roles/batch-delete", {"ids": [*ids, fixed]})
    assert (answer.get_json()["succeeded"], failures(answer)) == (1, {ids[1]: "role_in_use", fixed: "role_in_use"})
    assert admin.send("GET", f"/roles/{ids[0]}").status_code == 404


def test_a_role_comes_back_from_the_recycle_bin(house: House) -> None:
    admin = house.at()
    given = {"code": "brief", "name": "Brief", "permissions": ["customer:read"], "scopes": {"*": "own"}, "field_rights": {}}
    role = admin.send("POST", "/roles", given).get_json()
    assert admin.send("DELETE", f"/roles/{role['id']}").status_code == 204
    assert admin.send("POST", "/roles", given).status_code == 409, "its code is taken as long as it can come back"
    assert role["id"] in {one["id"] for one in admin.send("GET", "/roles/deleted").get_json()["items"]}
    unknown = {"username": "brief.wearer", "display_name": "x", "password": "a-long-enough-password", "roles": ["brief"]}
    assert admin.send("POST", "/users", unknown).status_code == 422
    assert admin.send("POST", f"/roles/{role['id']}/restore").status_code == 200
    assert newest(admin, "role_restored")["detail"] == {"role": "brief"}
    told = house.identity.published(RoleUpdated)[-1]
    assert isinstance(told, RoleUpdated)
    assert told.code == "brief"
    house.employ("brief.wearer", "brief")
    other = admin.send("POST", "/roles", {**given, "code": "shred"}).get_json()
    admin.send("DELETE", f"/roles/{other['id']}")
    assert admin.send("POST", "/roles/batch-purge", {"ids": [other["id"], role["id"]]}).get_json()["succeeded"] == 1
    assert newest(admin, "role_purged")["detail"] == {"role": "shred"}
    assert admin.send("POST", "/roles", {**given, "code": "shred"}).status_code == 201


def test_many_users_are_logged_out_everywhere(house: House) -> None:
    admin, people = house.at(), [house.employ(f"batch.out{number}", "sales_rep") for number in range(2)]
    assert people[0].send("POST", "/users/batch-end-sessions", {"ids": [people[1].id]}).status_code == 403
    unknown = new_id()
    answer = admin.send("POST", "/users/batch-end-sessions", {"ids": [people[0].id, unknown, people[1].id]})
    assert (answer.get_json()["succeeded"], failures(answer)) == (2, {unknown: "not_found"})
    assert [person.send("GET", "/auth/me").status_code for person in people] == [401, 401]
    assert newest(admin, "sessions_ended")["detail"]["user"] == people[1].id


def test_many_roles_get_the_same_rights(house: House) -> None:
    admin = house.at()
    roles = {role["code"]: role for role in admin.send("GET", "/roles").get_json()["items"]}
    blank = {"permissions": ["customer:read"], "scopes": {"*": "own"}, "field_rights": {}}
    made = [admin.send("POST", "/roles", {"code": code, "name": code, **blank}).get_json()["id"] for code in ("blind", "deaf")]
    hidden = {"field_rights": {"customers": {"annual_revenue": "hidden"}}}
    answer = admin.send("POST", "/roles/batch-update", {"ids": [*made, roles["admin"]["id"]], "changes": hidden})
    assert (answer.get_json()["succeeded"], failures(answer)) == (2, {roles["admin"]["id"]: "admin_role_is_fixed"})
    shown = [admin.send("GET", f"/roles/{one}").get_json() for one in made]
    assert [(one["field_rights"], one["permissions"]) for one in shown] == [(hidden["field_rights"], ["customer:read"])] * 2
    assert newest(admin, "role_changed")["detail"] == {"role": "deaf"}
    for changes in ({"name": "Both"}, {"code": "both"}):
        assert admin.send("POST", "/roles/batch-update", {"ids": made, "changes": changes}).status_code == 422
    unknown = admin.send("POST", "/roles/batch-update", {"ids": made, "changes": {"permissions": ["fly"]}})
    assert (unknown.status_code, set(failures(unknown).values())) == (409, {"unknown_permission"})


def test_departments_are_nobodys(house: House) -> None:
    admin = house.at()
    made = [admin.send("POST", "/departments", {"name": name}).get_json()["id"] for name in ("Batch east", "Batch west")]
    above = admin.send("POST", "/departments", {"name": "Batch top"}).get_json()["id"]
    answer = admin.send("POST", "/departments/batch-update", {"ids": made, "changes": {"parent_id": above}})
    assert answer.get_json()["succeeded"] == 2
    assert admin.send("POST", "/departments/batch-assign", {"ids": made, "owner_id": admin.id}).status_code in (404, 405)
    assert "batch_assign" not in admin.send("GET", "/meta/departments").get_json()["operations"]
    assert admin.send("POST", "/departments/batch-delete", {"ids": made}).get_json()["succeeded"] == 2


def test_workers_hear_of_a_change_behind_one_that_was_undone(house: House) -> None:
    """What a batch refuses after it was written goes with its savepoint; the number workers go by must rise for the others all the same."""
    person = house.employ("batch.cached", "sales_rep")
    assert person.send("GET", "/audit-log").status_code == 403
    with house.identity.database.transaction() as db:
        user = db.get_one(User, person.id)
        role = queries.roles_by_code(db, ["admin"])["admin"]
        undone = db.begin_nested()
        user.job_title = "Undone"
        db.flush()
        undone.rollback()
        user.role_rows = [role]
        user.updated_at = clock.now()
    assert person.send("GET", "/audit-log").status_code == 200


def test_reminders_by_mail_are_ones_own_choice_and_need_an_address(house: House) -> None:
    admin, person = house.at(), house.employ("by.mail", "sales_rep")
    assert person.send("GET", "/auth/me").get_json()["user"]["remind_by_mail"] is False
    assert refused(person.send("PATCH", "/auth/me", {"remind_by_mail": True})) == (422, {"remind_by_mail": "email_for_reminders"})
    wanted = {"remind_by_mail": True, "email": "by.mail@example.com", "language": "en"}
    assert person.send("PATCH", "/auth/me", wanted).get_json()["remind_by_mail"] is True
    assert refused(person.send("PATCH", "/auth/me", {"email": None})) == (422, {"email": "email_for_reminders"})
    assert refused(change(admin, f"/users/{person.id}", remind_by_mail=False)) == (422, {"remind_by_mail": "read_only"})
    house.settle()
    known = recipient(house, person)
    assert (known.email, known.language) == ("by.mail@example.com", "en") and known.since is not None
    since = known.since
    assert change(admin, f"/users/{person.id}", email="other@example.com").status_code == 200
    house.settle()
    assert (recipient(house, person).email, recipient(house, person).since) == ("other@example.com", since)
    assert change(admin, f"/users/{person.id}", email=None).status_code == 200
    house.settle()
    assert recipient(house, person).since is None
    assert person.send("PATCH", "/auth/me", {"remind_by_mail": False}).get_json()["remind_by_mail"] is False


def test_the_mail_server_is_the_administrators(house: House) -> None:
    director = house.employ("no.mail", "sales_director")
    for method, path in (("GET", "/mail/settings"), ("PUT", "/mail/settings"), ("POST", "/mail/settings/test")):
        assert director.send(method, path, None if method == "GET" else {}).status_code == 403


def recipient(house: House, person: Person) -> MailRecipient:
    with house.activity.database.transaction(read=True) as db:
        return db.get_one(MailRecipient, person.id)
