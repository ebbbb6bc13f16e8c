"""Export: pages from a service become one file, on its way to the browser or in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, g

from gateway.attachments import as_download
from gateway.body import json_body
from gateway.desk import Desk, idempotency_key, passed_on, query, refuse_query
from gateway.pages import FORMATS, Pages, file_name
from gateway.schemas import ExportSchema
from gateway.table import Route
from shared.errors import Malformed

View = Callable[..., Response]
FOLLOWED = {"after", "exact_total"}
"""What the list's own export takes and an export in the background sees to by itself: the pages, and a total that is exact."""
BEGUN: dict[str, dict[str, Any]] = {
    "begin_export": {"read": False, "gives": ExportSchema, "status": 202, "doc": "Begin to write every row the list's filter shows into a file, in the background."},
}  # fmt: skip
"""What this view takes and gives, where it is not what the list's own export does."""


def export(route: Route, desk: Desk) -> View:
    """Send all rows of a list as xlsx or csv. Everything that can be refused is refused before the first byte."""

    def view() -> Response:
        headers = desk.enter(route)
        kind, params = chosen_format(), query("format")
        pages = pages_of(desk, route.rpc, params, headers)
        desk.audit("exported", module=route.exported, format=kind, rows=pages.first["total"], **params)
        return sheet_response(pages, kind, desk)

    return view


def begin(route: Route, desk: Desk) -> View:
    """Begin an export in the background. Answers 202 with it; what the list refuses is refused at once."""

    def view() -> Response:
        headers = desk.enter(route)
        refuse_query(query())
        arguments = json_body(required=False)
        kind = known_format(arguments.pop("format", "xlsx"))
        for name in FOLLOWED & arguments.keys():
            raise Malformed.parameter(name, "unknown_field")
        first = desk.ask(route.rpc, arguments, headers)["body"]
        given = {"module": route.exported, "format": kind, "title": first["title"], "arguments": arguments, "token_hash": g.token_hash}
        reply = desk.ask("identity.begin_export", given, {**headers, "idempotency_key": idempotency_key()})
        response = passed_on(reply)
        response.headers["Location"] = f"/api/v1/exports/{reply['body']['id']}"
        return response

    return view


def pages_of(desk: Desk, rpc: str, arguments: dict[str, Any], headers: dict[str, str]) -> Pages:
    """What a service gives page by page."""
    return Pages(lambda asked: desk.ask(rpc, asked, headers)["body"], arguments)


def chosen_format() -> str:
    """xlsx or csv, as the query says. Raises Malformed."""
    return known_format(query().get("format", "xlsx"))


def known_format(given: Any) -> str:
    """A format, if it is one. Raises Malformed."""
    if not isinstance(given, str) or given not in FORMATS:
        raise Malformed.parameter("format", "invalid_choice", choices=", ".join(FORMATS))
    return given


def sheet_response(pages: Pages, kind: str, desk: Desk) -> Response:
    """The pages as a file to download, named after what they show and the day."""
    return as_download(pages.file(kind), file_name(pages.first["title"], desk.today(), kind), FORMATS[kind])
