"""Working on imports: rehearse or import a chunk of its rows per transaction, go on after a crash.

The transaction that imports a chunk also notes what became of its rows: after a crash the next claim goes on behind the last
chunk, and no row is done twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared import clock
from shared.bus.calls import Call
from shared.caller import Caller
from shared.jobs import claim, held
from shared.resources.importing import ImportJob, ImportRow, Row, RowWork, save_outcomes

ROWS_AT_A_TIME = 200
KEPT_FOR = timedelta(days=30)
COUNTS = {"create": "created", "update": "updated", "skip": "skipped", "bad": "bad"}


def carry_on_imports(service: Any, call: Call) -> None:
    """Work on imports until none is left that nobody else works on."""
    while not call.stopping.is_set() and (claimed := claim(call, ImportJob)):
        job_id, token = claimed
        acting, work = call.read(partial(_prepared, service, job_id))
        while not call.stopping.is_set() and _work_on(acting, work, job_id, token):
            # Between two chunks others have their turn.
            time.sleep(0)


def forget_old_imports(service: Any, call: Call) -> None:
    """Delete imports a month old with their rows; the records stay."""
    old = select(ImportJob.id).where(ImportJob.created_at < call.now - KEPT_FOR)
    call.db.execute(delete(ImportRow).where(ImportRow.import_id.in_(old)))
    call.db.execute(delete(ImportJob).where(ImportJob.created_at < call.now - KEPT_FOR))


def _prepared(service: Any, job_id: str, call: Call) -> tuple[Call, RowWork]:
    """A call in the name of the job's user, and what is needed for any of its rows."""
    job = call.db.get_one(ImportJob, job_id)
    acting = replace(call, caller=Caller.from_header(job.caller))
    work = RowWork(service, acting, resource_of(service, job), job)
    acting.session = None
    return acting, work


def _work_on(call: Call, work: RowWork, job_id: str, token: str) -> bool:
    """Do the next chunk of a claimed job; False when the job is not ours any more or has nothing left."""
    job, rows = call.read(lambda reading: _next_rows(reading.db, job_id, token))
    if job is None:
        return False
    acting = replace(call, now=clock.now())
    chunk = work.read(acting, rows)
    if job.status == "importing":
        return acting.write(lambda writing: _import(writing, work, chunk, job_id, token))
    acting.rehearse(lambda writing: work.apply(writing, chunk))
    return acting.write(lambda writing: _note(writing, chunk, job_id, token))


def _next_rows(db: Session, job_id: str, token: str) -> tuple[ImportJob | None, list[Any]]:
    job = db.get(ImportJob, job_id)
    if job is None or job.claimed_by != token or job.status not in job.open_in:
        return None, []
    of_job = select(ImportRow.number, ImportRow.cells).where(ImportRow.import_id == job_id).order_by(ImportRow.number)
    return job, list(db.execute(of_job.offset(job.progress).limit(ROWS_AT_A_TIME)))


def _import(call: Call, work: RowWork, chunk: list[Row], job_id: str, token: str) -> bool:
    """Import a chunk and note it, in one transaction: what is noted is done, and nothing else is."""
    if held(call.db, ImportJob, job_id, token) is None:
        return False
    work.apply(call, chunk)
    return _note(call, chunk, job_id, token)


def _note(call: Call, chunk: list[Row], job_id: str, token: str) -> bool:
    """Note what became of a chunk; the last one ends the step. True when there is more to do."""
    job = held(call.db, ImportJob, job_id, token)
    if job is None:
        return False
    if chunk:
        save_outcomes(call.db, job_id, chunk)
    counts = dict(job.counts)
    for row in chunk:
        counts[COUNTS[row.outcome]] += 1
    job.counts, job.progress = counts, job.progress + len(chunk)
    job.attempts = 0
    job.renew()
    if job.progress >= job.total:
        _end_step(job)
    return job.status in job.open_in


def _end_step(job: ImportJob) -> None:
    if job.status == "importing":
        job.status, job.finished_at, job.claimed_by = "done", clock.now(), None
    elif job.commits_itself and not job.counts["bad"]:
        go_on_to(job, "importing", keep_claim=True)
    else:
        job.status, job.claimed_by = "checked", None


def go_on_to(job: ImportJob, status: str, *, keep_claim: bool = False) -> None:
    """Begin the next step of a job at its first row."""
    job.status, job.progress, job.counts = status, 0, no_counts()
    if not keep_claim:
        job.let_go()


def resource_of(service: Any, job: ImportJob) -> Any:
    """The resource whose records a job imports."""
    return next(one for one in service.resources if one.name == job.resource)


def no_counts() -> dict[str, int]:
    """How many rows came to what, at the start."""
    return dict.fromkeys(COUNTS.values(), 0)
