"""From a route to its RPC and back: authenticate, check the permission, pass JSON through. Knows no shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from gateway import attachments, exports, imports
from gateway.body import json_body
from gateway.desk import Desk, idempotency_key, query
from gateway.problems import answer
from gateway.table import Route
from shared.errors import Malformed

PREFIX = "/api/v1"
View = Callable[..., Response]


def install(app: Flask, routes: tuple[Route, ...], desk: Desk) -> None:
    """Add a view for every route."""
    for route in routes:
        endpoint = f"{route.method} {route.path}"
        app.add_url_rule(PREFIX + route.path, endpoint=endpoint, view_func=VIEWS[route.served_by](route, desk), methods=[route.method])


def call(route: Route, desk: Desk) -> View:
    """Pass the JSON of a call through."""
    reads = route.method == "GET"

    def view(**path: str) -> Response:
        headers = desk.enter(route)
        arguments = query() if reads else json_body(required=False)
        clash = arguments.keys() & path.keys()
        if clash:
            raise Malformed.parameter(sorted(clash)[0], "stands_in_path")
        if not reads:
            headers["idempotency_key"] = idempotency_key()
        return _response(desk.ask(route.rpc, {**arguments, **path}, headers))

    return view


VIEWS: dict[str, Callable[[Route, Desk], View]] = {
    "call": call, "upload": attachments.upload, "download": attachments.download, "export": exports.export,
    "template": imports.template, "import": imports.start, "import_job": imports.job, "import_result": imports.result,
}  # fmt: skip


def _response(reply: dict[str, Any]) -> Response:
    response = answer(reply["body"], reply["status"])
    if reply.get("replayed"):
        response.headers["Idempotency-Replayed"] = "true"
    return response
