"""The status page of administrators: how every service is, which events were given up, and another try for those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from gateway import VERSION
from gateway.body import loaded
from gateway.desk import Desk, idempotency_key, passed_on, query, refuse_query
from gateway.figures import ask_all
from gateway.problems import answer
from gateway.routes import SERVICES
from gateway.schemas import AllParkedSchema, RetryParkedInput, SystemStatusSchema
from gateway.table import Route
from shared.errors import Unavailable

View = Callable[[], Response]
AWAY = {"status": "away"}
GATHERED: dict[str, dict[str, Any]] = {
    "system_status": {"gives": SystemStatusSchema}, "parked": {"gives": AllParkedSchema}, "retry_parked": {"takes": RetryParkedInput},
}  # fmt: skip
"""What these views take and give, where it is not what one service does."""


def status(route: Route, desk: Desk) -> View:
    """Version, broker, and what each service says of itself; one that does not answer is "away"."""

    def view() -> Response:
        desk.enter(route)
        refuse_query(query())
        told, replicas = ask_all(desk.client, "service_status"), _replicas(desk)
        services = [{"service": name, **(told[name] or AWAY), "replicas": replicas.get(name)} for name in SERVICES]
        return answer({"version": VERSION, "broker": "ready" if replicas else "away", "services": services, "storage": _storage(services)})

    return view


def parked(route: Route, desk: Desk) -> View:
    """The events that services gave up, oldest first; `away` are services that did not tell."""

    def view() -> Response:
        desk.enter(route)
        refuse_query(query())
        told = ask_all(desk.client, "list_parked")
        given = [one for one in told.values() if one is not None]
        items = sorted((item for one in given for item in one["items"]), key=lambda item: (item["since"], item["id"]))
        return answer(
            {"items": items, "total": sum(one["total"] for one in given), "away": [name for name in SERVICES if told[name] is None]}
        )

    return view


def retry(route: Route, desk: Desk) -> View:
    """Give parked events of a service ten more attempts."""

    def view() -> Response:
        headers = desk.enter(route)
        refuse_query(query())
        data = loaded(RetryParkedInput)
        headers["idempotency_key"] = idempotency_key()
        reply = desk.ask(f"{data['service']}.retry_parked", {"ids": data["ids"]}, headers)
        if reply["body"]["succeeded"] and not reply.get("replayed"):
            desk.audit("parked_retried", **data)
        return passed_on(reply)

    return view


def _replicas(desk: Desk) -> dict[str, int]:
    try:
        return desk.client.replicas(SERVICES)
    except Unavailable:
        return {}


def _storage(services: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one.get(name, 0) for one in services) for name in ("database_bytes", "attachment_bytes")}
