"""A record outside somebody's scope does not exist for them: every route × five kinds of roles × whose record it is, generated from the table of routes.

Nothing here is listed by hand but how a record is made and what may be nobody's own (tests/gateway/company.py): a route that is added is tried, or
fails `test_every_route_is_tried`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.routes import ROUTES
from gateway.table import Route
from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.company import MARKED, OPEN, SEATS, Company, Record, Seat, is_open, operation_of, place_of, some_id, words_in
from tests.gateway.house import House
from tests.gateway.samples import sample
from tests.gateway.test_generated import body_shape

WITH_ID = [route for route in ROUTES if place_of(route) and not is_open(place_of(route))]
BIN = ("restore", "purge")
ADMINISTRATION = ("/audit-log", "/numbering")
"""What its permission opens whole: the log of what everybody did, and an example of the next number."""


PEOPLE = ("admin_ids[]", "user_ids[]", "department_ids[]")
"""Ids in a body that are of nobody's own records."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One company on each kind of database; what the tests ask changes nothing for the next."""
    folder = tmp_path_factory.mktemp("scope")
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    with open_doors(Settings(data_dir=folder, database_url=url, service_workers=20)) as door_of:
        yield Company(House(door_of, data_dir=folder))


def test_every_route_is_tried(company: Company) -> None:
    for route in WITH_ID:
        place = str(place_of(route))
        assert company.at(place), (
            f"{route.method} {route.path}: say in tests/gateway/company.py how a record of {place} is made, or that it is nobody's own"
        )
        assert "<" not in route.path.replace("<id>", "").replace("<attachment_id>", ""), (
            f"{route.path}: say here what stands for its other part"
        )
    for route in ROUTES:
        named = {name.rpartition(".")[2] for name in references_of(route) if name.endswith("ids[]")}
        assert named <= {"ids[]", "customer_ids[]", *PEOPLE}, f"{route.method} {route.path}: say here of what {named} are the ids"
    assert {place_of(route) for route in ROUTES if place_of(route)} >= set(OPEN), "what is nobody's own is a module"
    for seat in SEATS:
        assert {record.seen_by(seat) for record in company.records} == {True, False} or seat.name == "stranger", seat


def test_hidden_records_are_not_found_and_others_are(company: Company) -> None:
    """Every GET with an id."""
    leaks = []
    for route, seat, kind, record in cells(company, "GET"):
        query = {"format": "csv"} if route.served_by == "import_result" else {}
        answer = company.person(seat).send("GET", address(route, record), query_string=query)
        text = text_of(answer)
        if seen(company, route, seat, record):
            own = 200 <= answer.status_code < 300
            leaks += [] if own else [f"{seat.name} lacks {kind} {route.path}: {answer.status_code}"]
        elif answer.status_code != 404 or answer.get_json()["code"] != "not_found":
            leaks.append(f"{seat.name} {kind} {route.path}: {answer.status_code} {text[:200]}")
        # What a customer's latest progress was stays in its history when the follow-up is thrown away.
        told = company.traces(seat, text, but=(record.id, *record.words), bin_too=route.path.endswith("/history"))
        leaks += [f"{seat.name} {kind} {route.path} tells of {one}" for one in told]
    assert not leaks, told_of(leaks)


def test_hidden_records_cannot_be_touched(company: Company) -> None:
    """Every other method with an id: not found, and nothing is changed."""
    before, leaks = company.contents(), []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for route, seat, kind, record in cells(company, method):
            if record.in_reach(seat) if route.path.endswith(BIN) and record.deleted else record.seen_by(seat):
                continue
            answer = write(company, route, seat, record)
            text = text_of(answer)
            if answer.status_code != 404 or answer.get_json()["code"] != "not_found":
                leaks.append(f"{seat.name} {kind} {route.method} {route.path}: {answer.status_code} {text[:300]}")
            leaks += [f"{seat.name} {kind} {route.path} tells of {one}" for one in company.traces(seat, text, but=(record.id,))]
    assert not leaks, told_of(leaks)
    assert changed(company, before) == []


def test_hidden_records_cannot_be_touched_by_the_many(company: Company) -> None:
    """Every batch: each hidden id fails as an unknown one does, and nothing is changed."""
    before, leaks = company.contents(), []
    for route in ROUTES:
        place = batch_place(route)
        for seat in seats(company) if place and not is_open(place) else ():
            in_bin = route.path.endswith(tuple(f"batch-{one}" for one in BIN))
            hidden = [
                one
                for _, one in kinds(company, str(place), seat)
                if not (one.in_reach(seat) if in_bin and one.deleted else seen(company, route, seat, one))
            ]
            ids = [some_id(), *(one.id for one in hidden)]
            answer = company.person(seat).send("POST", route.path, batch_body(company, route, seat, ids))
            text, told = text_of(answer), answer.get_json()
            if answer.status_code == 403:
                continue
            # Who claims what a colleague holds is told by whom; the customer's name is not.
            lost = {one.id for one in hidden if route.path == "/pool/claim" and one.holding.standing == "assigned" and seat.pool}
            codes = {(one["id"], one["code"]) for one in told.get("failed", [])}
            if answer.status_code != 409 or codes != {(one, "already_claimed" if one in lost else "not_found") for one in ids}:
                leaks.append(f"{seat.name} {route.path}: {answer.status_code} {text[:300]}")
            leaks += [f"{seat.name} {route.path} tells of {one}" for one in company.traces(seat, text, but=ids)]
    assert not leaks, told_of(leaks)
    assert changed(company, before) == []


def test_lists_and_files_show_what_is_seen_and_nothing_else(company: Company) -> None:
    """Every list and export, whole, searched for the hidden, filtered by their ids and by their parents; and the recycle bins."""
    leaks = []
    for route in ROUTES:
        place = route.path.removesuffix("/export").removesuffix("/deleted").strip("/")
        if route.method != "GET" or not company.at(place) or place_of(route):
            continue
        bin_too = route.path.endswith("/deleted")
        for seat in seats(company):
            for query in queries(company, route, place, seat):
                answer = company.person(seat).send("GET", route.path, query_string=query)
                text = text_of(answer)
                if answer.status_code != 200:
                    leaks.append(f"{seat.name} {route.path} {query}: {answer.status_code} {text[:300]}")
                leaks += [f"{seat.name} {route.path} {query} tells of {one}" for one in company.traces(seat, text, bin_too=bin_too)]
                if not set(query) & {"q", "filter"}:
                    due = {
                        one
                        for one in company.at(place)
                        if one.deleted == bin_too and (one.in_reach(seat) if bin_too else one.seen_by(seat))
                    }
                    missing = [one for one in due if not one.words & words_in(text)]
                    leaks += [f"{seat.name} {route.path} lacks {one.holding}" for one in missing]
    assert not leaks, told_of(leaks)


def test_nothing_else_tells_of_hidden_records(company: Company) -> None:
    """Every other GET: reports, statistics, views, metadata, members, duplicates."""
    leaks = []
    for route in ROUTES:
        if (
            route.method != "GET"
            or "<" in route.path
            or route.path.endswith(("/export", "/deleted", *ADMINISTRATION))
            or company.at(route.path.strip("/"))
        ):
            continue
        for seat in seats(company):
            for query in plain_queries(company, route, seat):
                answer = company.person(seat).send("GET", route.path, query_string=query)
                text = text_of(answer)
                assert answer.status_code in (200, 403), (route.path, query, text)
                leaks += [f"{seat.name} {route.path} {query} tells of {one}" for one in company.traces(seat, text, but=query.values())]
    assert not leaks, told_of(leaks)


def test_files_written_in_the_background_show_what_is_seen_and_nothing_else(company: Company) -> None:
    """Every export that is begun at a list, as it is fetched afterwards."""
    leaks = []
    for route in ROUTES:
        if route.served_by != "begin_export" or f"/{route.exported}" in ADMINISTRATION:
            continue
        for seat in seats(company):
            person = company.person(seat)
            job = person.send("POST", route.path, {"format": "csv"})
            if job.status_code == 403 and route.exported == "pool/ledger":
                # It is for the pools' administrators alone.
                continue
            assert job.status_code == 202, (seat, route.path, job.text)
            company.house.identity.tick("carry_on_exports")
            text = text_of(person.send("GET", f"/exports/{job.get_json()['id']}/file"))
            leaks += [f"{seat.name} {route.path} tells of {one}" for one in company.traces(seat, text)]
            missing = [one for one in company.at(route.exported) if one.seen_by(seat) and not one.words & words_in(text)]
            leaks += [f"{seat.name} {route.path} lacks {one.holding}" for one in missing]
            assert person.send("DELETE", f"/exports/{job.get_json()['id']}").status_code == 204
    assert not leaks, told_of(leaks)


def test_a_shared_view_is_there_for_the_role_it_is_shared_with(company: Company) -> None:
    shared = [one for one in company.records if one.shared_with]
    for seat in SEATS[:3]:
        seen = {one.place: text_of(company.person(seat).send("GET", f"/{one.place}")) for one in shared}
        assert {one.id in seen[one.place] for one in shared} == {seat.name == "director"}


def test_naming_a_hidden_record_is_as_naming_none(company: Company) -> None:
    """Every field of every body that takes the id of a record: a hidden one is answered as one that does not exist, word for word."""
    leaks = []
    for seat in SEATS[3:4] if company.is_second else SEATS[:3]:
        mine = company.references(seat.name)
        for route, name, place in naming(company):
            if (place_of(route) or batch_place(route) or "customers") not in mine:
                continue
            for record in [
                one for kind, one in kinds(company, str(place), seat) if not one.seen_by(seat) and kind in ("foreign", "deleted")
            ]:
                told = [name_in_body(company, route, seat, name, one) for one in (record.id, some_id())]
                if plain(told[0]) != plain(told[1]):
                    leaks.append(f"{seat.name} {route.method} {route.path} {name}: {text_of(told[0])[:300]} / {text_of(told[1])[:300]}")
                leaks += [
                    f"{seat.name} {route.path} {name} tells of {one}"
                    for one in company.traces(seat, text_of(told[0]), but=(record.id,), bin_too=True)
                ]
    assert not leaks, told_of(leaks)


def test_a_file_of_a_hidden_record_is_not_at_a_seen_one(company: Company) -> None:
    for place in {one.place for one in company.records if one.attachment_id}:
        for seat in SEATS[:4]:
            mine = company.references(seat.name)[place]
            hidden = next(one for one in company.at(place) if not one.seen_by(seat))
            answer = company.person(seat).send("GET", f"/{place}/{mine}/attachments/{hidden.attachment_id}")
            assert answer.status_code == 404, (seat, place)


def test_duplicates_are_masked(company: Company) -> None:
    """Whoever asks whether a customer is there already is told so, with a masked name where the customer is hidden."""
    for seat in SEATS:
        for record in [one for one in company.at("customers") if not one.deleted]:
            found = company.person(seat).send("GET", "/customers/duplicates", query_string={"name": record.row["name"]}).get_json()["items"]
            seen = record.seen_by(seat)
            assert [(one["visible"], one["id"], one["name"] == record.row["name"]) for one in found] == [
                (seen, record.id if seen else None, seen)
            ]


def test_what_is_seen_can_be_changed(company: Company) -> None:
    """The matrix would hold for a company that refuses everything."""
    for seat in SEATS[:4]:
        for place, name in MARKED.items():
            if place not in ("orders", "receipts"):
                record = next(one for one in company.at(place) if one.seen_by(seat) and one.holding.standing == "ordinary")
                version = company.person(seat).send("GET", f"/{place}/{record.id}").get_json()["version"]
                answer = company.person(seat).send("PATCH", f"/{place}/{record.id}", {"version": version, name: record.row[name]})
                assert answer.status_code == 200, (seat, place, answer.text)


def test_an_action_on_what_was_changed_meanwhile_changes_nothing(company: Company) -> None:
    """Every change and action that takes the version it was decided on."""
    before, tried = company.contents(), set[str]()
    for route in WITH_ID:
        content = operation_of(route).get("requestBody", {}).get("content", {}).get("application/json")
        if route.method not in ("POST", "PATCH") or not content or "version" not in content["schema"]["properties"]:
            continue
        in_bin = route.path.endswith(BIN)
        there = [one for one in company.at(str(place_of(route))) if one.deleted == in_bin]
        seat, record = next((seat, one) for seat in SEATS for one in there if one.in_reach(seat))
        body = sample(content["schema"], company.references(seat.name), whole=False) | {"version": 999}
        answer = company.person(seat).send(route.method, address(route, record), body)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "stale_version"), (route.method, route.path, answer.text)
        tried.add(route.path)
    assert {
        "/orders/<id>/approve",
        "/orders/<id>/payment-plans",
        "/tickets/<id>/assign",
        "/customers/<id>/transfer",
        "/quotes/<id>",
        "/customers/<id>/restore",
    } <= tried
    assert changed(company, before) == []


# The cells of the matrix


def cells(company: Company, method: str) -> Iterator[tuple[Route, Seat, str, Record]]:
    """Every route of a method with an id × every role × one record of each kind: three in four on SQLite, the others on PostgreSQL."""
    for number, cell in enumerate(
        (route, seat, kind, record)
        for route in WITH_ID if route.method == method
        for seat in SEATS
        for kind, record in kinds(company, str(place_of(route)), seat)
    ):  # fmt: skip
        if (number % 4 == 3) == company.is_second:
            yield cell


def seats(company: Company) -> tuple[Seat, ...]:
    """Half of the people on each database."""
    return SEATS[1::2] if company.is_second else SEATS[::2]


def kinds(company: Company, place: str, seat: Seat) -> list[tuple[str, Record]]:
    """One record of each kind there is of a module for somebody: own, the team's, the department's, foreign, of the pool, deleted."""
    found: dict[str, Record] = {}
    for record in company.at(place):
        found.setdefault(kind_of(record, seat), record)
    return list(found.items())


def kind_of(record: Record, seat: Seat) -> str:
    holding = record.holding
    if record.shared_with:
        return "shared with a role"
    if record.deleted:
        return "own deleted" if holding.owner == seat.name else "deleted"
    if holding.standing != "ordinary":
        return f"{holding.standing} to {'one below' if holding.within(seat, 'team') else 'another'}"
    near = [scope for scope in ("own", "team", "department") if holding.within(seat, scope)]
    return near[0] if near else "foreign"


# What is sent


def text_of(answer: TestResponse) -> str:
    return answer.get_data().decode(errors="replace")


def address(route: Route, record: Record) -> str:
    return route.path.replace("<id>", record.id).replace("<attachment_id>", record.attachment_id or some_id())


def write(company: Company, route: Route, seat: Seat, record: Record) -> TestResponse:
    person = company.person(seat)
    if route.served_by == "upload":
        return person.send(route.method, address(route, record), data={"file": (io.BytesIO(b"text"), "note.txt")})
    operation = operation_of(route)
    body = sample(body_shape(operation), company.references(seat.name), whole=False) if "requestBody" in operation else None
    if body is not None and "version" in body:
        body["version"] = record.row.get("version", 1)
    return person.send(route.method, address(route, record), body)


def batch_place(route: Route) -> str | None:
    """Of which kind of record a batch takes the ids."""
    named = references_of(route)
    if "customer_ids[]" in named:
        return "customers"
    return route.path.strip("/").rpartition("/")[0] if "ids[]" in named else None


def seen(company: Company, route: Route, seat: Seat, record: Record) -> bool:
    """Whether a record exists for somebody here. The pool's batches and countdowns are about customers in the pool and outside it."""
    either = "customer_ids[]" in references_of(route) or (route.path.endswith("/countdown") and record.holding.standing == "ordinary")
    twins = [one for one in company.records if one.id == record.id and one.place in ("customers", "pool/customers")] if either else []
    return any(one.seen_by(seat) for one in (record, *twins))


def batch_body(company: Company, route: Route, seat: Seat, ids: list[str]) -> dict[str, Any]:
    shape = body_shape(operation_of(route))
    body: dict[str, Any] = sample(shape, company.references(seat.name), whole=False)
    name = "customer_ids" if "customer_ids" in shape["properties"] else "ids"
    if "owner_id" in body or "assignee_id" in body:
        body |= {one: company.people["approver"].id for one in ("owner_id", "assignee_id") if one in body}
    return body | {name: ids}


def references_of(route: Route) -> dict[str, str]:
    """The fields of a route's body that take ids of records, with the module: "changes.customer_id", "lines[].product_id", "ids[]"."""
    operation = operation_of(route)
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return dict(_references(content["schema"], "")) if content else {}


def _references(shape: dict[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for name, inner in shape.get("properties", {}).items():
        if inner.get("format") == "uuid":
            yield before + name, inner.get("x-reference", "")
        elif "items" in inner:
            if inner["items"].get("format") == "uuid":
                yield before + name + "[]", inner["items"].get("x-reference", "")
            yield from _references(inner["items"], f"{before}{name}[].")
        else:
            yield from _references(inner, f"{before}{name}.")


def naming(company: Company) -> Iterator[tuple[Route, str, str]]:
    for route in ROUTES:
        for name, place in references_of(route).items():
            if company.at(place) and not is_open(place_of(route)) and not route.path.startswith("/pools"):
                yield route, name, place


def name_in_body(company: Company, route: Route, seat: Seat, name: str, one: str) -> TestResponse:
    """A body in which this field names a record: the rest are the caller's own records."""
    mine, shape = company.references(seat.name), body_shape(operation_of(route))
    body = sample(shape, mine, whole=False)
    path = route.path
    if "<id>" in path:
        path = path.replace("<id>", mine[str(place_of(route))])
        if "version" in body:
            body["version"] = company.person(seat).send("GET", path).get_json().get("version", 1)
    if "ids" in body:
        body["ids"] = [mine[str(batch_place(route))]]
    outer, _, inner = name.rpartition(".")
    if outer.endswith("[]"):
        body[outer[:-2]] = [{**sample(shape["properties"][outer[:-2]]["items"], mine, whole=False), inner: one}]
    elif outer:
        body[outer] = {inner: one}
    else:
        body[name] = one
    return company.person(seat).send(route.method, path, body)


def plain(answer: TestResponse) -> Any:
    """An answer without what differs from request to request."""
    body = answer.get_json()
    if answer.status_code < 300:
        return answer.status_code
    failed = [(one["code"], one["detail"]) for one in body.get("failed", [])]
    return answer.status_code, body.get("code"), body.get("detail"), body.get("errors"), failed


def queries(company: Company, route: Route, place: str, seat: Seat) -> Iterator[dict[str, str]]:
    """The whole list, and what somebody would try to find the hidden by."""
    given = {one["name"] for one in operation_of(route).get("parameters", []) if one["in"] == "query"}
    whole = {"format": "csv"} if route.path.endswith("/export") else {"page_size": "200"} if "page_size" in given else {}
    yield whole
    hidden = [one for one in company.at(place) if not one.seen_by(seat)]
    if not hidden or "filter" not in given:
        return
    yield whole | {"q": hidden[0].row.get(MARKED.get(place, ""), "Zq")}
    filterable = "customer_id" if place == "pool/customers" else "id"
    yield whole | {"filter": json.dumps({"field": filterable, "op": "in", "value": [one.id for one in hidden]})}
    for field in ("customer_id", "order_id"):
        value = {one.row[field] for one in hidden if one.row.get(field)}
        if value and not route.path.endswith("/export"):
            yield whole | {"filter": json.dumps({"field": field, "op": "in", "value": sorted(value)})}


def plain_queries(company: Company, route: Route, seat: Seat) -> Iterator[dict[str, str]]:
    named = {one["name"]: one for one in operation_of(route).get("parameters", []) if one["in"] == "query"}
    query = {name: str(sample(one["schema"], {})) for name, one in named.items() if one.get("required")}
    query |= {"format": "csv"} if "format" in named else {}
    if "by" in named:
        yield from ({**query, "by": by} for by in named["by"]["schema"]["enum"])
    else:
        yield query
    if "customer_id" in named:
        yield query | {"customer_id": next(one.id for one in company.at("customers") if one.deleted or not one.seen_by(seat))}


def changed(company: Company, before: dict[str, list[str]]) -> list[str]:
    """The tables whose rows are not what they were."""
    after = company.contents()
    return [f"{name}: {sorted(set(after[name]) ^ set(rows))[:2]}" for name, rows in before.items() if after[name] != rows]


def told_of(leaks: list[str]) -> str:
    """What leaks, each once and briefly."""
    return f"{len(leaks)} leaks\n" + "\n".join(sorted({leak[:250] for leak in leaks})[:40])
