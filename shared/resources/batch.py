"""Do one thing to many records: an answer per id, and one bad id never spoils the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from shared.bus.calls import Call
from shared.errors import AppError, StaleVersion
from shared.i18n import error_text


def batch(call: Call, ids: Iterable[str], act: Callable[[str], Any]) -> dict[str, Any]:
    """Run `act(id)` for each id in a savepoint of its own.

    Returns {"succeeded": n, "failed": [{"id", "code", "detail"}]}. `act` refuses by raising an AppError.
    """
    succeeded, failed = 0, []
    for one in ids:
        try:
            with call.db.begin_nested():
                act(one)
                call.db.flush()
            succeeded += 1
        except AppError as error:
            failed.append(failure(call, one, error))
        except StaleDataError:
            failed.append(failure(call, one, StaleVersion()))
        except IntegrityError as error:
            failed.append(failure(call, one, call.clash(error)))
    return {"succeeded": succeeded, "failed": failed}


def failure(call: Call, one: str, error: AppError) -> dict[str, str]:
    """Why one item was refused, in the caller's language."""
    code, params = next(iter(error.errors.values()))[0] if error.errors else (error.code, error.params)
    return {"id": one, "code": code, "detail": error_text(code, call.caller.language, call.package, params)}
