"""From a route to its RPC and back: authenticate, check the permission, pass JSON through. Knows no shapes."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

from gateway import attachments, exports, imports, system
from gateway.body import json_body
from gateway.desk import Desk, idempotency_key, passed_on, query, refuse_query
from gateway.modules import modules_for
from gateway.problems import answer, language
from gateway.table import Route
from shared.errors import Malformed

PREFIX = "/api/v1"
View = Callable[..., Response]

SETTING_RECORDS = ("approval_rule", "workbench_template")
"""Records that are settings."""
TRIALS = ("/pool/rehearsal", "/mail/settings/test")
"""What tries settings and changes none."""


def install(app: Flask, routes: tuple[Route, ...], desk: Desk) -> None:
    """Add a view for every route."""
    for route in routes:
        endpoint = f"{route.method} {route.path}"
        app.add_url_rule(PREFIX + route.path, endpoint=endpoint, view_func=VIEWS[route.served_by](route, desk), methods=[route.method])
    app.add_url_rule(f"{PREFIX}/meta", endpoint="GET /meta", view_func=_modules(desk))


def call(route: Route, desk: Desk) -> View:
    """Pass the JSON of a call through."""
    reads, sets = route.method == "GET", is_setting(route)

    def view(**path: str) -> Response:
        headers = desk.enter(route)
        arguments = query()
        if not reads:
            refuse_query(arguments)
            arguments = json_body(required=False)
        clash = arguments.keys() & path.keys()
        if clash:
            raise Malformed.parameter(sorted(clash)[0], "stands_in_path")
        if not reads:
            headers["idempotency_key"] = idempotency_key()
        given = {**arguments, **path}
        if sets:
            fields = sorted(arguments.keys() - {"version"})
            reply = desk.ask_and_tell(
                route.rpc, given, headers, "settings_changed", setting=request.path.removeprefix(PREFIX), fields=fields
            )
        else:
            reply = desk.ask(route.rpc, given, headers)
        response = passed_on(reply)
        return _described(response) if reads and route.path.startswith("/meta/") else response

    return view


def is_setting(route: Route) -> bool:
    """Whether a route changes how the system works, which security people want to know. Identity writes its own lines."""
    noun, _, verb = (route.may or "").rpartition(":")
    return (
        route.method != "GET"
        and (verb in ("settings", "configure") or (noun in SETTING_RECORDS and verb in ("create", "update", "delete")))
        and route.service != "identity"
        and route.path not in TRIALS
    )


VIEWS: dict[str, Callable[[Route, Desk], View]] = {
    "call": call, "upload": attachments.upload, "download": attachments.download, "export": exports.export,
    "begin_export": exports.begin,
    "template": imports.template, "import": imports.start, "import_job": imports.job, "import_result": imports.result,
    "system_status": system.status, "parked": system.parked, "retry_parked": system.retry,
}  # fmt: skip

DESCRIBED_VIEWS = system.GATHERED | exports.BEGUN
"""What views take and give, where it is not what the RPC behind them does."""


def _modules(desk: Desk) -> View:
    def modules() -> Response:
        caller, _ = desk.auth.caller()
        refuse_query(query())
        return _described(answer({"items": modules_for(caller, language())}))

    return modules


def _described(response: Response) -> Response:
    """Metadata may be kept by the browser, and asked for again with its tag."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Accept-Language"
    if response.status_code == 200:
        response.add_etag()
        response.make_conditional(request)
    return response
