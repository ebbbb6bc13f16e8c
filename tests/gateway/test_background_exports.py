"""Exports in the background: begun at the list, written with the rights of who asked, seen by them alone, whatever dies in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway import export_jobs
from gateway.models import AuditEntry, Export
from shared import clock
from shared.db import new_id
from shared.errors import Unavailable
from shared.file_keys import StrayFile
from shared.jobs import MOST_ATTEMPTS, claim
from shared.resources import exports
from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.house import House, Person
from tests.gateway.test_impersonation import begin as act_as

PAGE = 3


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product in one process, with files in a folder of its own; ten customers of the administrator's."""
    folder = tmp_path_factory.mktemp("exports")
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    with open_doors(Settings(data_dir=folder, database_url=url, service_workers=20)) as door_of:
        made = House(door_of, data_dir=folder)
        pool = {"enabled": True, "admin_ids": [made.at().id], "user_ids": [made.at().id]}
        assert made.at().send("PUT", "/pool/settings", pool).status_code == 200
        for number in range(10):
            assert made.at().send("POST", "/customers", {"name": f"Buyer {number}"}).status_code == 201
        yield made


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of ten has several pages, and each is noted."""
    monkeypatch.setattr(exports, "PAGE", PAGE)
    monkeypatch.setattr(export_jobs, "NOTED_EVERY_SECONDS", 0.0)


@pytest.fixture
def between_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], Any]]]:
    """What is done, one after the other, whenever a further page of an export is asked for."""
    waiting: list[Callable[[], Any]] = []
    asks = house.identity.asker
    assert asks is not None

    def asked(method: str, kwargs: dict[str, Any], caller: Any, *, timeout: float | None = None) -> Any:
        if "after" in kwargs and waiting:
            waiting.pop(0)()
        return asks(method, kwargs, caller, timeout=timeout)

    house.identity.asker = asked
    yield waiting
    house.identity.asker = asks


def begun(person: Any, path: str = "/customers", /, **given: Any) -> dict[str, Any]:
    answer = person.send("POST", f"{path}/export", {"format": "csv", **given})
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/exports/{told['id']}"
    return told


def written(house: House, person: Any, job: dict[str, Any]) -> dict[str, Any]:
    house.identity.tick("carry_on_exports")
    told: dict[str, Any] = person.send("GET", f"/exports/{job['id']}").get_json()
    return told


def text_of(person: Any, job: dict[str, Any]) -> str:
    answer = person.send("GET", f"/exports/{job['id']}/file")
    assert answer.status_code == 200, answer.text
    text: str = answer.get_data().decode("utf-8-sig")
    return text


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def change(house: House, job: dict[str, Any], **values: Any) -> None:
    with house.identity.database.transaction() as db:
        db.execute(update(Export).where(Export.id == job["id"]).values(**values))


def row_of(house: House, job: dict[str, Any]) -> Export | None:
    with house.identity.database.transaction(read=True) as db:
        return db.get(Export, job["id"])


def files(house: House) -> set[Path]:
    return {one for one in (house.settings.data_dir / "files" / "identity").rglob("*") if one.is_file()}


def permitted(
    house: House, person: Person, *permissions: str, scopes: dict[str, str] | None = None, hidden: tuple[str, ...] = ()
) -> None:  # fmt: skip
    """Give somebody a role with just these permissions, which hides these fields of customers."""
    code, admin = f"r{new_id()[-12:]}", house.at()
    given = {"code": code, "name": code, "permissions": list(permissions), "scopes": scopes or {"*": "all"}}
    if hidden:
        given["field_rights"] = {"customers": dict.fromkeys(hidden, "hidden")}
    assert admin.send("POST", "/roles", given).status_code == 201
    version = admin.send("GET", f"/users/{person.id}").get_json()["version"]
    assert admin.send("PATCH", f"/users/{person.id}", {"version": version, "roles": [code]}).status_code == 200


def somebody(house: House, *permissions: str, scopes: dict[str, str] | None = None) -> Person:
    person = house.employ(f"p{new_id()[-12:]}", "sales_rep")
    permitted(house, person, *(permissions or ("customer:read", "customer:export")), scopes=scopes)
    return person


def lines_of_log(house: House, person: Person) -> list[AuditEntry]:
    with house.identity.database.transaction(read=True) as db:
        of = select(AuditEntry).where(AuditEntry.user_id == person.id, AuditEntry.action == "exported")
        return list(db.scalars(of.order_by(AuditEntry.id)))


@pytest.mark.parametrize(("path", "kind"), [("/customers", "csv"), ("/customers", "xlsx"), ("/audit-log", "csv"), ("/pool/ledger", "csv")])
def test_what_is_begun_is_written_and_fetched(house: House, path: str, kind: str) -> None:
    me = somebody(house, "customer:read", "customer:export", "audit:read", "audit:export", "pool:read", "pool:export", "pool:settings")
    job = begun(me, path, format=kind)
    assert (job["status"], job["progress"], job["total"], job["size"], job["error"]) == ("waiting", 0, None, None, None)
    assert refused(me.send("GET", f"/exports/{job['id']}/file")) == (409, "wrong_state")
    done = written(house, me, job)
    assert (done["status"], done["progress"], done["error"]) == ("done", done["total"], None)
    answer = me.send("GET", f"/exports/{job['id']}/file")
    assert done["file_name"].endswith(f".{kind}")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(answer.get_data()) == done["size"]
    if kind == "xlsx":
        assert answer.get_data().startswith(b"PK")
    elif path != "/audit-log":
        # The stream of the same list.
        assert text_of(me, job) == me.send("GET", f"{path}/export?format=csv").get_data().decode("utf-8-sig")
    assert [one["id"] for one in me.send("GET", "/exports").get_json()["items"]] == [job["id"]]


def test_the_list_narrows_sorts_and_picks_as_it_does_on_screen(house: House) -> None:
    me = somebody(house)
    tree = '{"field": "name", "op": "in", "value": ["Buyer 3", "Buyer 7"]}'
    job = begun(me, filter=tree, sort="-name", fields="name", q="Buyer")
    assert written(house, me, job)["total"] == 2
    assert text_of(me, job).splitlines()[1:] == ['"Buyer 7"', '"Buyer 3"']


def test_rows_and_fields_are_the_askers(house: House) -> None:
    me = somebody(house, "customer:read", "customer:create", "customer:export", scopes={"*": "own"})
    assert me.send("POST", "/customers", {"name": "Mine"}).status_code == 201
    job = begun(me, fields="name")
    assert written(house, me, job)["total"] == 1
    assert text_of(me, job).splitlines()[1:] == ['"Mine"']


def test_what_the_list_refuses_is_refused_before_there_is_a_job(house: House) -> None:
    me, without = somebody(house), somebody(house, "customer:read")
    for body, code, field in (
        ({"fields": "name,nonsense"}, "unknown_field", "fields"),
        ({"sort": "nonsense"}, "unknown_sort_field", "sort"),
        ({"format": "pdf"}, "invalid_choice", "format"),
        ({"after": "[]"}, "unknown_field", "after"),
        ({"page": 1}, "unknown_field", "page"),
    ):
        answer = me.send("POST", "/customers/export", body)
        assert answer.status_code == 400, (body, answer.text)
        assert (field, code) in {(one["field"], one["code"]) for one in answer.get_json()["errors"]}, answer.text
    assert refused(me.send("POST", "/orders/export", {})) == (403, "lacks_permission")
    assert refused(without.send("POST", "/customers/export", {})) == (403, "lacks_permission")
    assert me.send("POST", "/customers/export?format=csv").status_code == 400
    assert me.send("GET", "/exports").get_json()["items"] == []
    assert lines_of_log(house, me) == []


def test_the_same_request_begins_one_export(house: House) -> None:
    me, key = somebody(house), {"Idempotency-Key": "once-only"}
    first = me.send("POST", "/customers/export", {"format": "csv"}, headers=key)
    again = me.send("POST", "/customers/export", {"format": "csv"}, headers=key)
    assert (again.status_code, again.get_json(), again.headers["Idempotency-Replayed"]) == (202, first.get_json(), "true")
    assert me.send("POST", "/customers/export", {"format": "xlsx"}, headers=key).status_code == 422
    assert len(me.send("GET", "/exports").get_json()["items"]) == 1


def test_nobody_else_sees_it(house: House) -> None:
    me = somebody(house)
    job = begun(me)
    total = written(house, me, job)["total"]
    acting = act_as(house.at(), me.id)
    for other in (house.at(), somebody(house), acting):
        assert other.send("GET", "/exports").get_json()["items"] == []
        for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
            assert refused(other.send(method, f"/exports/{job['id']}{path}")) == (404, "not_found")
    theirs = begun(acting)
    assert written(house, acting, theirs)["status"] == "done"
    assert [one["id"] for one in me.send("GET", "/exports").get_json()["items"]] == [job["id"]]
    assert me.send("GET", f"/exports/{theirs['id']}/file").status_code == 404
    assert [(one.detail["module"], one.detail["rows"], one.impersonated_by) for one in lines_of_log(house, me)] == [
        ("customers", total, None),
        ("customers", total, house.at().id),
    ]


def test_who_acts_for_somebody_exports_as_long_as_they_act(house: House) -> None:
    me = somebody(house)
    acting = act_as(house.at(), me.id)
    job = begun(acting)
    assert acting.send("POST", "/auth/logout").status_code == 204
    house.identity.tick("carry_on_exports")
    row = row_of(house, job)
    assert row is not None
    assert (row.status, row.error, row.file_key) == ("failed", "export_not_allowed", None)


def test_an_api_token_exports_as_long_as_it_is_good(house: House) -> None:
    permissions = ["customer:read", "customer:export"]
    given = {"name": "key", "permissions": permissions, "expires_at": (clock.now() + timedelta(days=30)).isoformat()}
    me = somebody(house, *permissions, "api_token:create", "api_token:delete", "order:read", "order:export")
    token = me.send("POST", "/api-tokens", given).get_json()

    class Machine:
        def send(self, method: str, path: str, body: Any = None) -> Any:
            return me.send(method, path, body, headers={"Authorization": f"Bearer {token['token']}"})

    machine, orders = Machine(), begun(me, "/orders")
    assert refused(machine.send("POST", "/orders/export", {})) == (403, "lacks_permission")
    job = begun(machine)
    assert written(house, machine, job)["status"] == "done"
    # It is the same person's, but not for a token that could not export it.
    assert refused(machine.send("GET", f"/exports/{orders['id']}/file")) == (403, "export_not_allowed")
    late = begun(machine)
    assert me.send("DELETE", f"/api-tokens/{token['id']}").status_code == 204
    assert (written(house, me, late)["status"], written(house, me, late)["error_code"]) == ("failed", "export_not_allowed")


def test_a_right_that_is_taken_away_gives_no_file(house: House, between_pages: list[Callable[[], Any]]) -> None:
    waiting, writing, left = somebody(house), somebody(house), somebody(house)
    before = files(house)
    early, late = begun(waiting), begun(left)
    permitted(house, waiting, "customer:read")
    assert house.at().send("POST", f"/users/{left.id}/deactivate", {"handover_to": house.at().id}).status_code == 200
    failed = written(house, waiting, early)
    assert (failed["status"], failed["error_code"], failed["error"]) == (
        "failed",
        "export_not_allowed",
        "You may not export this any more.",
    )
    assert [getattr(row_of(house, late), name) for name in ("status", "error")] == ["failed", "export_not_allowed"]
    job = begun(writing)
    between_pages.append(lambda: permitted(house, writing, "customer:read"))
    assert (written(house, writing, job)["error_code"], between_pages) == ("export_not_allowed", [])
    done = begun(somebody_else := somebody(house))
    assert written(house, somebody_else, done)["status"] == "done"
    permitted(house, somebody_else, "customer:read")
    assert refused(somebody_else.send("GET", f"/exports/{done['id']}/file")) == (403, "export_not_allowed")
    assert len(files(house) - before) == 1


@pytest.mark.parametrize(
    "change",
    [{"scopes": {"*": "own"}}, {"scopes": {"*": "all", "customers": "team"}}, {"hidden": ("phone",)}],
    ids=["all", "module", "field"],
)
def test_a_file_is_not_for_who_sees_other_data_by_now(house: House, change: dict[str, Any]) -> None:
    me, may = somebody(house), ("customer:read", "customer:export")
    job = begun(me)
    assert written(house, me, job)["status"] == "done"
    permitted(house, me, *may, "order:read")
    before = text_of(me, job)
    permitted(house, me, *may, **change)
    said = {}
    for language in ("en", "zh-CN", "zh-TW"):
        answer = me.send("GET", f"/exports/{job['id']}/file", headers={"Accept-Language": language})
        assert refused(answer) == (403, "export_scope_changed")
        said[language] = answer.get_json()["detail"]
    assert len(set(said.values())) == 3
    assert said["en"] == "What you may see has changed since this file was written. Please export it again."
    again = begun(me)
    assert written(house, me, again)["status"] == "done"
    assert text_of(me, again) != before
    permitted(house, me, *may)
    assert text_of(me, job) == before, "it is theirs again with the same rights"


def test_a_department_counts_where_one_sees_ones_department(house: House) -> None:
    admin, me = house.at(), somebody(house, scopes={"*": "department"})
    job = begun(me)
    assert written(house, me, job)["status"] == "done"
    moved = admin.send("POST", "/departments", {"name": new_id()}).get_json()["id"]
    version = admin.send("GET", f"/users/{me.id}").get_json()["version"]
    assert admin.send("PATCH", f"/users/{me.id}", {"version": version, "department_id": moved}).status_code == 200
    assert refused(me.send("GET", f"/exports/{job['id']}/file")) == (403, "export_scope_changed")


def test_a_narrower_scope_meanwhile_counts_for_every_row(house: House, between_pages: list[Callable[[], Any]]) -> None:
    me = somebody(house)
    job = begun(me)
    between_pages.append(lambda: permitted(house, me, "customer:read", "customer:export", scopes={"*": "own"}))
    done = written(house, me, job)
    assert (done["status"], done["total"], len(text_of(me, job).splitlines())) == ("done", 0, 1)
    assert len(lines_of_log(house, me)) == 1


def test_a_cancelled_export_stops_and_leaves_no_file(house: House, between_pages: list[Callable[[], Any]]) -> None:
    me, before = somebody(house), files(house)
    job = begun(me)
    between_pages += [lambda: me.send("DELETE", f"/exports/{job['id']}"), lambda: pytest.fail("it goes on")]
    house.identity.tick("carry_on_exports")
    assert len(between_pages) == 1
    assert refused(me.send("GET", f"/exports/{job['id']}")) == (404, "not_found")
    assert files(house) == before
    done = begun(me)
    between_pages.clear()
    assert written(house, me, done)["status"] == "done"
    assert me.send("DELETE", f"/exports/{done['id']}").status_code == 204
    house.identity.tick("remove_stray_files")
    assert files(house) == before


class Killed(BaseException):
    """As if the process were gone: nothing of ours runs any more."""


def test_what_a_killed_process_began_is_begun_again(house: House, between_pages: list[Callable[[], Any]]) -> None:
    def die() -> None:
        raise Killed

    me = somebody(house)
    job = begun(me)
    between_pages.append(die)
    with pytest.raises(Killed):
        house.identity.tick("carry_on_exports")
    told = written(house, me, job)
    assert (told["status"], told["total"]) == ("writing", me.send("GET", "/customers").get_json()["total"])
    change(house, job, claimed_until=clock.now() - timedelta(seconds=1))
    done = written(house, me, job)
    assert (done["status"], done["progress"]) == ("done", done["total"])
    assert len(text_of(me, job).splitlines()) == done["total"] + 1
    assert len(lines_of_log(house, me)) == 1


def test_one_that_kills_every_process_is_given_up(house: House, between_pages: list[Callable[[], Any]]) -> None:
    def die() -> None:
        raise Killed

    me = somebody(house)
    job = begun(me)
    for _ in range(MOST_ATTEMPTS):
        between_pages[:] = [die]
        with pytest.raises(Killed):
            house.identity.tick("carry_on_exports")
        change(house, job, claimed_until=clock.now() - timedelta(seconds=1))
    failed = written(house, me, job)
    assert (failed["status"], failed["error_code"]) == ("failed", "export_gave_up")
    assert failed["finished_at"]
    assert "tried several times" in failed["error"]


def test_a_service_that_is_away_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    me = somebody(house)
    job = begun(me)

    def away(*_: Any, timeout: float | None = None) -> Any:
        raise Unavailable("service_unavailable")

    asks = house.identity.asker
    monkeypatch.setattr(house.identity, "asker", away)
    assert written(house, me, job)["status"] == "waiting"
    monkeypatch.setattr(house.identity, "asker", asks)
    # Not at once.
    assert written(house, me, job)["status"] == "waiting"
    change(house, job, claimed_until=clock.now() - timedelta(seconds=1))
    assert written(house, me, job)["status"] == "done"


def test_a_list_that_changed_meanwhile_says_so(house: House) -> None:
    me = somebody(house)
    job = begun(me, fields="name")
    change(house, job, arguments={"fields": "name,gone"})
    failed = written(house, me, job)
    assert (failed["status"], failed["error_code"]) == ("failed", "export_list_changed")
    assert failed["error"].startswith("The list has changed")


def test_a_process_that_stops_leaves_the_rest_to_others(house: House, between_pages: list[Callable[[], Any]]) -> None:
    me = somebody(house)
    job = begun(me)
    between_pages.append(house.identity.stopping.set)
    assert written(house, me, job)["status"] == "waiting"
    row = row_of(house, job)
    assert row is not None
    assert (row.attempts, row.claimed_by) == (0, None)
    house.identity.stopping.clear()
    assert written(house, me, job)["status"] == "done"


def test_several_processes_write_each_export_once(house: House) -> None:
    people = [somebody(house) for _ in range(4)]
    jobs = [(person, begun(person)) for person in people for _ in range(2)]
    threads = [threading.Thread(target=house.identity.tick, args=("carry_on_exports",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person, job in jobs:
        done, row = person.send("GET", f"/exports/{job['id']}").get_json(), row_of(house, job)
        assert row is not None
        assert (done["status"], row.attempts) == ("done", 1)
        assert len(text_of(person, job).splitlines()) == done["total"] + 1
    assert [len(lines_of_log(house, person)) for person in people] == [2] * 4


def test_a_claim_that_was_lost_writes_nothing(house: House, between_pages: list[Callable[[], Any]]) -> None:
    me, before = somebody(house), files(house)
    job = begun(me)

    def lose() -> None:
        change(house, job, claimed_until=clock.now() - timedelta(seconds=1))
        call = house.identity._call(export_jobs.Caller.system())
        assert claim(call, Export) is not None

    between_pages.append(lose)
    assert written(house, me, job)["status"] == "writing"
    assert files(house) == before
    change(house, job, claimed_until=clock.now() - timedelta(seconds=1))
    assert written(house, me, job)["status"] == "done"


def test_few_of_one_person_wait_at_once(house: House) -> None:
    me, other = somebody(house), somebody(house)
    jobs = [begun(me) for _ in range(export_jobs.MOST_OPEN)]
    answer = me.send("POST", "/customers/export", {})
    assert refused(answer) == (409, "too_many_exports")
    assert str(export_jobs.MOST_OPEN) in answer.get_json()["detail"]
    begun(other)
    assert me.send("DELETE", f"/exports/{jobs[0]['id']}").status_code == 204
    begun(me)
    house.identity.tick("carry_on_exports")


def test_old_exports_go_with_their_files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    me, before = somebody(house), files(house)
    old, young = begun(me), begun(me)
    written(house, me, old)
    change(house, old, created_at=clock.now() - export_jobs.KEPT_FOR - timedelta(minutes=1))
    house.identity.tick("forget_old_rows")
    house.identity.tick("remove_stray_files")
    assert [one["id"] for one in me.send("GET", "/exports").get_json()["items"]] == [young["id"]]
    assert len(files(house) - before) == 1
    monkeypatch.setattr(export_jobs, "MOST_KEPT", 1)
    newest = begun(me)
    house.identity.tick("remove_stray_files")
    assert [one["id"] for one in me.send("GET", "/exports").get_json()["items"]] == [newest["id"]]
    assert files(house) == before
    house.identity.tick("carry_on_exports")


def test_nothing_is_left_over(house: House) -> None:
    """Every file of the store is an export's, or is on the list of those that go."""
    with house.identity.database.transaction(read=True) as db:
        known = {*db.scalars(select(Export.file_key)), *db.scalars(select(StrayFile.file_key))}
    assert {f"identity/{one.parent.name}/{one.name[:32]}" for one in files(house)} <= known
