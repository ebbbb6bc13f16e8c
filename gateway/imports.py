"""Import: the file goes to the store, the service that owns the records does the work; here one asks how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response

from gateway.attachments import as_download
from gateway.desk import Desk, idempotency_key, key_before, passed_on, query, refuse_query
from gateway.exports import chosen_format, pages_of, sheet_response
from gateway.problems import Refused
from gateway.sheets import CSV, XLSX, csv_stream
from gateway.table import Route
from gateway.templates import heading, template_file
from gateway.uploads import received
from shared.errors import Invalid

View = Callable[..., Response]

START_SECONDS = 30.0


def template(route: Route, desk: Desk) -> View:
    """Send an empty file with the headings, and for xlsx the allowed choices."""

    def view() -> Response:
        headers = desk.enter(route)
        kind = chosen_format()
        told = desk.ask(route.rpc, query("format"), headers)["body"]
        name = f"{told['title']}.{kind}"
        if kind == "xlsx":
            return as_download(iter([template_file(told)]), name, XLSX)
        columns = [{"label": heading(one), "kind": "text"} for one in told["columns"]]
        return as_download(csv_stream(columns, iter(())), name, CSV)

    return view


def start(route: Route, desk: Desk) -> View:
    """Take a file to import. Answers 202 with the import, which is checked in the background."""

    def view() -> Response:
        headers = desk.enter(route)
        refuse_query(query())
        file = received(max_mib=desk.settings.import_max_mib)
        given = _options(file.form)
        key = idempotency_key()
        begin = route.rpc.replace(".import_", ".begin_") + "_import"
        place = desk.ask(begin, {}, {**headers, "idempotency_key": key_before(key)})["body"]
        desk.store.put(place["file_key"], file.stream)
        arguments = {**given, **place, "file_name": file.name, "sha256": file.sha256}
        reply = desk.ask(route.rpc, arguments, {**headers, "idempotency_key": key}, timeout=START_SECONDS)
        response = passed_on(reply)
        response.headers["Location"] = f"/api/v1/imports/{reply['body']['id']}"
        return response

    return view


def job(route: Route, desk: Desk) -> View:
    """Tell of an import, or commit it."""

    def view(id: str) -> Response:
        headers = desk.enter(route)
        if route.method == "POST":
            headers["idempotency_key"] = idempotency_key()
        reply = _from_owner(route, desk, lambda rpc: desk.ask(rpc, {**query(), "id": id}, headers))
        return passed_on(reply)

    return view


def result(route: Route, desk: Desk) -> View:
    """Send what became of each row."""

    def view(id: str) -> Response:
        headers = desk.enter(route)
        kind, params = chosen_format(), query("format")
        pages = _from_owner(route, desk, lambda rpc: pages_of(desk, rpc, {**params, "id": id}, headers))
        return sheet_response(pages, kind, desk)

    return view


def _from_owner(route: Route, desk: Desk, ask: Callable[[str], Any]) -> Any:
    """Ask the services that import until one knows the id: imports of all modules share one address."""
    method = route.rpc.partition(".")[2]
    for service in desk.importers[:-1]:
        try:
            return ask(f"{service}.{method}")
        except Refused as refused:
            if refused.status != 404:
                raise
    return ask(f"{desk.importers[-1]}.{method}")


def _options(form: dict[str, str]) -> dict[str, Any]:
    """The form's fields as JSON values. Raises Invalid for what is none; the service checks the rest."""
    given: dict[str, Any] = dict(form)
    if "mapping" in given:
        try:
            given["mapping"] = orjson.loads(given["mapping"])
        except orjson.JSONDecodeError:
            raise Invalid.field("mapping", "invalid_object") from None
    if "dry_run" in given:
        given["dry_run"] = {"true": True, "false": False}.get(given["dry_run"], given["dry_run"])
    for name in ("file_key", "file_name", "sha256"):
        if name in given:
            raise Invalid.field(name, "unknown_field")
    return given
