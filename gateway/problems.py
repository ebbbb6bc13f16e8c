"""Errors as RFC 9457 problem documents, in the caller's language."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from shared.errors import STATUS_TITLES, AppError, Internal, problem
from shared.i18n import DEFAULT_LANGUAGE, best_language

log = structlog.get_logger(__name__)

JSON = "application/json"
PROBLEM = "application/problem+json"


class Refused(Exception):
    """A service refused a call; its problem document goes to the caller as it is."""

    def __init__(self, document: dict[str, Any], status: int) -> None:
        self.document, self.status = document, status
        super().__init__(document.get("code"))


def language() -> str:
    """The language of this request: the one the browser likes best of ours, else as the user chose, else Simplified Chinese."""
    caller = g.get("caller")
    liked = [tag for tag, quality in request.accept_languages if quality > 0]
    return best_language(*liked, otherwise=caller.language if caller else DEFAULT_LANGUAGE)


def request_id() -> str:
    """The id of this request: the caller's own if it is sane, else a fresh one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if 8 <= len(given) <= 64 and given.isascii() and given.isprintable() else uuid.uuid4().hex
    return str(g.request_id)


def answer(body: Any, status: int = 200) -> Response:
    """A JSON response."""
    return Response(b"" if status == 204 else orjson.dumps(body), status, content_type=JSON)


def refuse(document: dict[str, Any], status: int) -> Response:
    """A problem response."""
    response = Response(orjson.dumps(document), status, content_type=PROBLEM)
    if status in (429, 503):
        response.headers["Retry-After"] = str(document.get("retry_after", 1))
    return response


def refuse_error(error: AppError) -> Response:
    """The problem response of an error of ours."""
    document = problem(error, language=language(), request_id=request_id(), package="gateway")
    if "seconds" in error.params:
        document["retry_after"] = int(error.params["seconds"])
    return refuse(document, error.status)


def install(app: Flask) -> None:
    """Make every error of an app a problem document."""

    @app.errorhandler(AppError)
    def _ours(error: AppError) -> Response:
        return refuse_error(error)

    @app.errorhandler(Refused)
    def _refused(refused: Refused) -> Response:
        return refuse(refused.document, refused.status)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        response = refuse_error(_with_status(error.code or 500))
        allowed = dict(error.get_headers()).get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
        return response

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        log.exception("request_failed", request_id=request_id(), path=request.path)
        return refuse_error(Internal())


def unread_request(status: int, reason: str) -> bytes:
    """The whole answer to what could not be read as a request: nobody knows who sent it and in which language."""
    body = orjson.dumps(problem(_with_status(status), language=DEFAULT_LANGUAGE, request_id=uuid.uuid4().hex, package="gateway"))
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _with_status(status: int) -> AppError:
    error = AppError("no_such_address" if status == 404 else STATUS_TITLES.get(status, STATUS_TITLES[400]))
    error.status = status
    return error
