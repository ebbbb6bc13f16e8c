"""Exports in the background (decision 0064): begun by a person, written by identity's process, fetched from the file store.

A file is written with the rights of who asked, as they are while it is written, and from its first row on: half a workbook is none, so
what a killed process began is begun again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, func, select

from gateway.audit import audit
from gateway.models import Export, User
from gateway.pages import FORMATS, PASSING, Pages, file_name
from gateway.queries import caller_behind
from gateway.routes import EXPORTS
from gateway.sheets import Rows
from shared import clock
from shared.bus import Call
from shared.caller import Caller
from shared.db import lock, new_id
from shared.errors import AppError, Conflict, Forbidden, NotFound, WrongState
from shared.file_keys import discard, keep, reserve
from shared.files import file_store
from shared.i18n import error_text
from shared.jobs import claim, held

log = structlog.get_logger(__name__)

MOST_OPEN = 3
"""Of one person at a time; a process writes more than that at once, so that nobody fills it alone."""
MOST_KEPT = 50
"""Of one person; the oldest go for a new one."""
KEPT_FOR = timedelta(days=7)
LONGEST = timedelta(hours=6)
NOTED_EVERY_SECONDS = 1.0
AGAIN_IN = timedelta(seconds=10)


class _Over(Exception):
    """It was removed, or the claim was lost: whoever holds it does the rest."""


class _Anew(Exception):
    """It is to be begun again at once: the rights are others now, or this process ends."""


def begin(call: Call, *, module: str, format: str, title: str, arguments: dict[str, Any], token_hash: str | None) -> dict[str, Any]:
    """Take in an export; it is written as soon as somebody has time. Raises Conflict when too many wait."""
    # Two requests at once count each other.
    user = lock(call.db, User, call.caller.user_id or "")
    waiting = call.db.scalar(select(func.count()).where(Export.user_id == user.id, Export.status.in_(Export.open_in))) or 0
    if waiting >= MOST_OPEN:
        raise Conflict("too_many_exports", max=MOST_OPEN)
    job = Export(
        id=new_id(), status="waiting", created_at=call.now, user_id=user.id, impersonated_by=call.caller.impersonated_by, token_hash=token_hash,
        language=call.caller.language, module=module, format=format, title=title, file_name=file_name(title, call.today, format), arguments=arguments,
    )  # fmt: skip
    call.db.add(job)
    call.db.flush()
    for old in call.db.scalars(_of(user.id).offset(MOST_KEPT)).all():
        _drop(call, old)
    return _told(call, job)


def mine(call: Call) -> dict[str, Any]:
    """The caller's exports, newest first."""
    return {"items": [_told(call, job) for job in call.db.scalars(_of(call.caller.user_id).where(*_own(call.caller)))]}


def one(call: Call, export_id: str) -> dict[str, Any]:
    """An export of the caller's. Raises NotFound."""
    return _told(call, _found(call, export_id))


def file_of(call: Call, export_id: str) -> dict[str, Any]:
    """Where its file is. Raises NotFound, WrongState while there is none, Forbidden when the caller may not export this any more or sees other data by now."""
    job = _found(call, export_id)
    if job.status != "done":
        raise WrongState(job.status)
    route = EXPORTS.get(job.module)
    if route is None or not call.caller.may(str(route.may)):
        raise Forbidden("export_not_allowed")
    if job.seen_with != _reach(call.caller):
        raise Forbidden("export_scope_changed")
    return {"file_key": job.file_key, "file_name": job.file_name, "content_type": FORMATS[job.format], "size": job.size}


def remove(call: Call, export_id: str) -> None:
    """Remove an export and its file; one that is being written stops. Raises NotFound."""
    _found(call, export_id)
    _drop(call, lock(call.db, Export, export_id))


def carry_on(call: Call) -> None:
    """Write exports until none is left that nobody else writes. For a timer without a transaction."""
    while not call.stopping.is_set() and (claimed := claim(call, Export)):
        _work_on(call, *claimed)


def forget_old(call: Call) -> None:
    """Remove exports a week old with their files."""
    for job in call.db.scalars(select(Export).where(Export.created_at < call.now - KEPT_FOR)).all():
        _drop(call, job)


def _work_on(call: Call, job_id: str, token: str) -> None:
    try:
        _write(call, job_id, token)
    except _Over:
        return
    except _Anew:
        _settle(call, job_id, token, again=timedelta())
    except AppError as error:
        passes = error.status in PASSING
        code = error.code if passes else "export_not_allowed" if isinstance(error, Forbidden) else "export_list_changed"
        _settle(call, job_id, token, error=code, again=AGAIN_IN if passes else None)
    except Exception:
        log.exception("export_failed", export_id=job_id)
        _settle(call, job_id, token, error="export_gave_up", again=AGAIN_IN)


def _settle(call: Call, job_id: str, token: str, *, error: str | None = None, again: timedelta | None) -> None:
    """Note what went wrong; it is tried `again`, or given up."""

    def settling(writing: Call) -> None:
        job = held(writing.db, Export, job_id, token)
        if job is None:
            return
        job.error = error
        if again is None:
            job.give_up()
        else:
            job.status, job.progress = "waiting", 0
            job.let_go(clock.now() + again)
            # A process that ends says nothing against the export.
            job.attempts -= int(call.stopping.is_set())

    call.write(settling)


def _write(call: Call, job_id: str, token: str) -> None:
    """Write a claimed export from its first row to its last."""
    job = call.read(lambda reading: reading.db.get(Export, job_id))
    if job is None or job.status not in Export.open_in:
        raise _Over
    caller = call.read(lambda reading: caller_behind(reading.db, job, clock.now()))
    route = EXPORTS.get(job.module)
    if caller is None or route is None:
        raise Forbidden("export_not_allowed")
    acting, rpc = replace(call, caller=caller), route.rpc
    pages = Pages(lambda arguments: acting.ask_patiently(rpc, arguments), job.arguments)
    _Writing(acting, job, token, pages).run()


class _Writing:
    """An export being written: `rows` of it are."""

    def __init__(self, call: Call, job: Export, token: str, pages: Pages) -> None:
        self._call, self._job, self._token, self._pages = call, job, token, pages
        self._rows = 0

    def run(self) -> None:
        """From the first row to the last. Raises _Over, _Anew, and what asking and storing raise."""
        key = self._step(self._begin)
        pieces, size = self._pages.file(self._job.format, self._rows_noted()), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                size += len(piece)
                yield piece

        store = file_store(self._call.settings)
        store.write(key, counted())
        try:
            self._step(lambda call, job: self._finish(call, job, key, size))
        except (_Over, _Anew):
            store.delete(key)
            raise

    def _rows_noted(self) -> Iterator[Rows]:
        noted = time.monotonic()
        for rows in self._pages.rows():
            yield rows
            self._rows += len(rows)
            if time.monotonic() - noted >= NOTED_EVERY_SECONDS:
                self._step(self._note)
                noted = time.monotonic()

    def _step(self, work: Any) -> Any:
        """Do something with the job in a transaction, as long as it is ours and the rights of who asked are what they were."""

        def stepping(call: Call) -> Any:
            job = held(call.db, Export, self._job.id, self._token)
            if job is None:
                raise _Over
            if caller_behind(call.db, job, call.now) != self._call.caller:
                raise _Anew
            return work(call, job)

        return replace(self._call, now=clock.now()).write(stepping)

    def _begin(self, call: Call, job: Export) -> str:
        total = self._pages.first["total"]
        if job.total is None:
            # Once, however often it is begun.
            audit(
                call.db, "exported", job.user_id, call.now, module=job.module, format=job.format, rows=total, **job.arguments
            )  # fmt: skip
        job.status, job.total, job.progress = "writing", total, 0
        job.renew()
        return reserve(call.db, "identity", call.now, within=LONGEST)

    def _note(self, call: Call, job: Export) -> None:
        if call.stopping.is_set():
            raise _Anew
        job.progress = self._rows
        job.renew()

    def _finish(self, call: Call, job: Export, key: str, size: int) -> None:
        keep(call.db, key, call.now)
        job.status, job.finished_at, job.error = "done", call.now, None
        job.progress = job.total = self._rows
        job.file_key, job.size, job.seen_with = key, size, _reach(self._call.caller)
        job.let_go()


def _of(user_id: str | None) -> Select[Any]:
    return select(Export).where(Export.user_id == user_id).order_by(Export.id.desc())


def _own(caller: Caller) -> tuple[ColumnElement[bool], ...]:
    """An export is its asker's alone: what somebody asked for in another's place is theirs while they are in it."""
    return Export.user_id == caller.user_id, Export.impersonated_by == caller.impersonated_by


def _reach(caller: Caller) -> dict[str, Any]:
    """What decides which rows and fields somebody sees. A department does where some scope is one."""
    department_id = caller.department_id if "department" in caller.scopes.values() else None
    return {"scopes": caller.scopes, "field_rights": caller.field_rights, "department_id": department_id}


def _found(call: Call, export_id: str) -> Export:
    job = call.db.scalars(select(Export).where(Export.id == export_id, *_own(call.caller))).one_or_none()
    if job is None:
        raise NotFound()
    return job


def _drop(call: Call, job: Export) -> None:
    if job.file_key:
        discard(call.db, job.file_key, call.now)
    call.db.delete(job)


def _told(call: Call, job: Export) -> dict[str, Any]:
    shown = ("id", "module", "title", "format", "status", "progress", "total", "file_name", "size", "created_at", "finished_at")
    code = job.error if job.status == "failed" else None
    error = error_text(code, call.caller.language, call.package, {}) if code else None
    return {**{name: getattr(job, name) for name in shown}, "error_code": code, "error": error}
