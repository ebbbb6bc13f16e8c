"""From a route to its RPC and back: authenticate, check the permission, pass JSON through. Knows no shapes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from gateway.auth import Auth
from gateway.body import json_body
from gateway.problems import answer, language, refuse, request_id
from gateway.queries import TOKEN_CHANNEL
from gateway.table import Route
from shared.bus.client import RpcClient
from shared.errors import Forbidden, Malformed

PREFIX = "/api/v1"
KEY = re.compile(r"[\x21-\x7e]{1,200}")


def install(app: Flask, routes: tuple[Route, ...], auth: Auth, client: RpcClient) -> None:
    """Add a view for every route."""
    for route in routes:
        app.add_url_rule(
            PREFIX + route.path, endpoint=f"{route.method} {route.path}", view_func=_view(route, auth, client), methods=[route.method]
        )


def _view(route: Route, auth: Auth, client: RpcClient) -> Callable[..., Response]:
    reads = route.method == "GET"

    def view(**path: str) -> Response:
        caller, header = auth.caller()
        if route.may and not caller.may(route.may):
            raise Forbidden("lacks_permission", permission=route.may)
        if route.in_person and caller.channel == TOKEN_CHANNEL:
            raise Forbidden("not_by_api_token")
        arguments = _query()
        if not reads:
            for name in arguments:
                raise Malformed.parameter(name[:100], "unknown_field")
            arguments = json_body(required=False)
        clash = arguments.keys() & path.keys()
        if clash:
            raise Malformed.parameter(sorted(clash)[0], "stands_in_path")
        reply = client.call(route.rpc, {**arguments, **path}, _headers(header, reads))
        return _response(reply)

    return view


def _headers(caller: str, reads: bool) -> dict[str, str]:
    chosen = language()
    headers = {"caller": caller, "request_id": request_id()}
    if chosen != g.caller.language:
        headers["language"] = chosen
    if not reads:
        headers["idempotency_key"] = _idempotency_key()
    return headers


def _idempotency_key() -> str:
    """The caller's key; one of our own where they gave none, since the bus may deliver a call twice."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return f"once-{uuid.uuid4().hex}"
    if not KEY.fullmatch(given):
        raise Malformed.parameter("Idempotency-Key", "invalid_idempotency_key")
    return given


def _query() -> dict[str, Any]:
    found = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Malformed.parameter(name[:100], "repeated_parameter")
        found[name] = values[0]
    return found


def _response(reply: dict[str, Any]) -> Response:
    status = reply["status"]
    if "problem" in reply:
        return refuse(reply["problem"], status)
    response = answer(reply["body"], status)
    if reply.get("replayed"):
        response.headers["Idempotency-Replayed"] = "true"
    return response
