"""Work that outlives the request it was asked for with: a row, claimed by whichever process has time, and by the next when that one dies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy import String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import clock
from shared.db.base import Plain, new_id
from shared.db.types import IdType

if TYPE_CHECKING:
    from shared.bus.calls import Call

MOST_ATTEMPTS = 5

J = TypeVar("J", bound="Job")


class Job(Plain):
    """Such work. In the statuses of `open_in` there is something to do; a claim holds for a `lease` and is renewed with every step."""

    open_in: ClassVar[tuple[str, ...]]
    lease: ClassVar[timedelta] = timedelta(seconds=10)

    status: Mapped[str] = mapped_column(String(10), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(IdType())
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]

    def renew(self) -> None:
        """Whoever works on it goes on."""
        self.claimed_until = clock.now() + self.lease

    def let_go(self, until: datetime | None = None) -> None:
        """Let the next one claim it, from a moment on."""
        self.claimed_by, self.claimed_until = None, until

    def give_up(self) -> None:
        """Nobody is to work on it any more."""
        self.status, self.finished_at = "failed", clock.now()
        self.let_go()


def claim(call: Call, kind: type[J]) -> tuple[str, str] | None:
    """The oldest job nobody works on, claimed: its id and the token of the claim. One that was claimed too often is given up instead."""
    free = select(kind).where(kind.status.in_(kind.open_in), or_(kind.claimed_until.is_(None), kind.claimed_until < clock.now()))
    if call.read(lambda reading: reading.db.scalar(free.with_only_columns(kind.id).limit(1))) is None:
        return None

    def claiming(writing: Call) -> tuple[str, str] | None:
        job = writing.db.scalars(free.order_by(kind.created_at).limit(1).with_for_update(skip_locked=True)).first()
        if job is None:
            return None
        token = job.claimed_by = new_id()
        job.attempts += 1
        job.renew()
        if job.attempts > MOST_ATTEMPTS:
            job.give_up()
        return job.id, token

    return call.write(claiming)


def held(db: Session, kind: type[J], job_id: str, token: str) -> J | None:
    """The job, locked, if the claim still holds and there is something to do."""
    query: Any = select(kind).where(kind.id == job_id).with_for_update().execution_options(populate_existing=True)
    job: J | None = db.scalars(query).one_or_none()
    return job if job is not None and job.claimed_by == token and job.status in kind.open_in else None
