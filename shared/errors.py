"""Business errors: each carries its own HTTP status and a stable code.

The text of a code stands in `texts/*.json` of the package that raises it, so an error is always told in the
caller's language. An error crosses the bus as its problem document, never as a class name or a stack trace.
"""

from __future__ import annotations

from typing import Any, Self

from shared.i18n import error_text

STATUS_TITLES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "internal_error",
    503: "unavailable",
    504: "deadline_exceeded",
}


class AppError(Exception):
    """An anticipated refusal.

    `code` names the reason (snake case, stable), `params` fill the placeholders of its text, `errors` tells
    per field what is wrong: {"lines.0.quantity": [("must_be_positive", {})]}.
    """

    status = 500

    def __init__(self, code: str | None = None, *, errors: FieldErrors | None = None, **params: object) -> None:
        self.code = code or STATUS_TITLES[self.status]
        self.params = {name: str(value) for name, value in params.items()}
        self.errors = errors or {}
        super().__init__(self.code)


FieldErrors = dict[str, list[tuple[str, dict[str, str]]]]


class Malformed(AppError):
    """The request itself cannot be read: bad JSON, an unknown filter field."""

    status = 400

    @classmethod
    def parameter(cls, name: str, code: str, **params: object) -> Self:
        """A query parameter that cannot be understood."""
        return cls(errors={name: [(code, {key: str(value) for key, value in params.items()})]})


class Unauthenticated(AppError):
    """Nobody is logged in."""

    status = 401


class Forbidden(AppError):
    """The caller lacks the permission."""

    status = 403


class NotFound(AppError):
    """The record does not exist, or is outside the caller's scope, which must look the same."""

    status = 404


class Conflict(AppError):
    """The state of things does not allow it now."""

    status = 409


class StaleVersion(Conflict):
    """Somebody else changed the record since the caller read it."""

    def __init__(self) -> None:
        super().__init__("stale_version")


class WrongState(Conflict):
    """The record's status does not allow the move. `field` is what the status is one of ("order.status"), so that it is told in words."""

    def __init__(self, status: object, field: str = "", *, code: str = "wrong_state") -> None:
        super().__init__(code, status=f"{field}.{status}" if field else status)


class Invalid(AppError):
    """The body is readable but not acceptable; `errors` names the fields."""

    status = 422

    @classmethod
    def field(cls, name: str, code: str, **params: object) -> Self:
        """One wrong field: `Invalid.field("lines.0.quantity", "must_be_positive")`."""
        return cls(errors={name: [(code, {key: str(value) for key, value in params.items()})]})


class TooManyRequests(AppError):
    """Slow down; `retry_after` is in seconds."""

    status = 429


class Internal(AppError):
    """Something unforeseen; the caller sees the request id and no more."""

    status = 500


class Unavailable(AppError):
    """A part the answer needs is away; trying again later is right."""

    status = 503


class DeadlineExceeded(AppError):
    """No answer in time. Whether the work was done is known only by repeating with the same key."""

    status = 504


def problem(error: AppError, *, language: str, request_id: str, package: str = "shared") -> dict[str, Any]:
    """The RFC 9457 problem document of an error, in the given language, with texts of `package`."""
    fields = [
        {"field": field, "code": code, "detail": error_text(code, language, package, params)}
        for field, found in error.errors.items()
        for code, params in found
    ]
    document: dict[str, Any] = {
        "type": f"urn:highseas:problem:{error.code}",
        "title": error_text(STATUS_TITLES.get(error.status, error.code), language, "shared", {}),
        "status": error.status,
        "code": error.code,
        "detail": error_text(error.code, language, package, error.params),
        "request_id": request_id,
    }
    if fields:
        document["errors"] = fields
    return document
