"""What every view of a route does: know the caller, check the permission, ask the service, pass refusals on."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, g, request

from gateway.audit import audit
from gateway.auth import Auth
from gateway.body import given_key
from gateway.models import AuditEntry
from gateway.problems import Refused, answer, language, request_id
from gateway.queries import TOKEN_CHANNEL
from gateway.sessions import refuse_impersonation
from gateway.table import Route
from shared import clock, trail
from shared.bus.client import RpcClient
from shared.db.organisation import today
from shared.errors import Forbidden, Malformed
from shared.files import FileStore
from shared.settings import Settings

UNKNOWN = "unknown"
"""What came of a change whose answer was not heard."""


@dataclass(frozen=True)
class Desk:
    """The gateway's means: who may come in, the bus, the file store, the settings; `importers` are the services that import."""

    auth: Auth
    client: RpcClient
    store: FileStore
    settings: Settings
    importers: tuple[str, ...] = ()

    def enter(self, route: Route) -> dict[str, str]:
        """The bus headers of the caller. Raises Unauthenticated; Forbidden without the route's permission, or by an API token or in another's place where it must be in person."""
        caller, header = self.auth.caller()
        if route.may and not caller.may(route.may):
            raise Forbidden("lacks_permission", permission=route.may)
        if route.in_person and caller.channel == TOKEN_CHANNEL:
            raise Forbidden("not_by_api_token")
        if route.in_person:
            refuse_impersonation(caller)
        headers = {"caller": header, "request_id": request_id()}
        chosen = language()
        return headers | ({"language": chosen} if chosen != caller.language else {})

    def ask(self, rpc: str, arguments: dict[str, Any], headers: dict[str, str], *, timeout: float | None = None) -> dict[str, Any]:
        """The service's reply. Raises Refused with its problem, and what the bus raises."""
        reply = self.client.call(rpc, arguments, headers, timeout=timeout)
        if "problem" in reply:
            raise Refused(reply["problem"], reply["status"])
        return reply

    def today(self) -> date:
        """The organisation's calendar day."""
        with self.auth.database.transaction(read=True) as db:
            return today(db)

    def ask_and_tell(self, rpc: str, arguments: dict[str, Any], headers: dict[str, str], action: str, /, **detail: Any) -> dict[str, Any]:
        """As `ask`, with a line of the audit log, which stands there before the change can: where nobody lives to hear the answer, it says so.

        What was refused, or done when it came the first time, leaves no line.
        """
        line_id = self.audit(action, **detail, outcome=UNKNOWN)
        try:
            reply = self.ask(rpc, arguments, headers)
        except Refused:
            self._settle(line_id, None)
            raise
        self._settle(line_id, None if reply.get("replayed") else detail)
        return reply

    def audit(self, action: str, /, **detail: Any) -> str:
        """Write a line of the audit log; gives its id."""
        with self.auth.database.transaction() as db:
            now = clock.now()
            trail.begin(db, g.caller, now)
            return audit(db, action, g.caller.user_id, now, **detail).id

    def _settle(self, line_id: str, detail: dict[str, Any] | None) -> None:
        with self.auth.database.transaction() as db:
            line = db.get_one(AuditEntry, line_id)
            if detail is None:
                db.delete(line)
            else:
                line.detail = detail


def passed_on(reply: dict[str, Any]) -> Response:
    """A service's reply as the answer to the request."""
    response = answer(reply["body"], reply["status"])
    if reply.get("replayed"):
        response.headers["Idempotency-Replayed"] = "true"
    return response


def query(*taken: str) -> dict[str, Any]:
    """The query parameters, each given once; those the gateway itself takes are left out. Raises Malformed."""
    found = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Malformed.parameter(name[:100], "repeated_parameter")
        if name not in taken:
            found[name] = values[0]
    return found


def refuse_query(parameters: dict[str, Any]) -> None:
    """Raise Malformed, naming the first of these query parameters, where none is understood."""
    for name in parameters:
        raise Malformed.parameter(name[:100], "unknown_field")


def idempotency_key() -> str:
    """The caller's key; one of our own where they gave none, since the bus may deliver a call twice."""
    return given_key() or f"once-{uuid.uuid4().hex}"


def key_before(key: str) -> str:
    """The key of the step that comes before the one with this key."""
    return f"before-{hashlib.sha256(key.encode()).hexdigest()}"
