"""Which files in the store belong to nobody: not yet, or any more. They are removed when their time comes.

An upload first reserves its key here; the row that then owns the file takes the key off this list in its own transaction. Who
lets go of a file puts the key back. So nothing is lost or left over, whatever dies in between.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import String

from shared.db.base import ChassisBase
from shared.db.types import MomentType
from shared.errors import AppError, Conflict
from shared.files import file_store, new_key

if TYPE_CHECKING:
    from shared.bus.calls import Call

log = structlog.get_logger(__name__)

UNFINISHED_FOR = timedelta(hours=1)
AT_A_TIME = 100


class StrayFile(ChassisBase):
    """A key whose file nobody owns; it is removed after `remove_at`."""

    __tablename__ = "stray_files"

    file_key: Mapped[str] = mapped_column(String(90), primary_key=True)
    remove_at: Mapped[datetime] = mapped_column(MomentType(), index=True)


def reserve(db: Session, service: str, now: datetime, *, within: timedelta = UNFINISHED_FOR) -> str:
    """A key for a file, which has an hour to be finished, or what is given."""
    key = new_key(service)
    db.add(StrayFile(file_key=key, remove_at=now + within))
    return key


def keep(db: Session, file_key: str, now: datetime) -> None:
    """Somebody owns the file from now on. Raises Conflict when its time is over, it was never reserved, or is owned already."""
    reserved = delete(StrayFile).where(StrayFile.file_key == file_key, StrayFile.remove_at > now)
    if not db.execute(reserved).rowcount:  # type: ignore[attr-defined]
        raise Conflict("upload_expired")


def discard(db: Session, file_key: str, now: datetime) -> None:
    """Nobody owns the file any more."""
    db.add(StrayFile(file_key=file_key, remove_at=now))


def remove_stray_files(call: Call) -> None:
    """Remove the files whose time has come. Safe in several replicas at once: removing twice does no harm."""
    with call.transaction(read=True) as db:
        due = list(db.scalars(select(StrayFile.file_key).where(StrayFile.remove_at <= call.now).limit(AT_A_TIME)))
    if due:
        store = file_store(call.settings)
        removed = [key for key in due if _removed(store.delete, key)]
        call.write(lambda one: one.db.execute(delete(StrayFile).where(StrayFile.file_key.in_(removed))))


def _removed(remove: Callable[[str], None], key: str) -> bool:
    try:
        remove(key)
    except AppError:
        log.warning("stray_file_not_removed", key=key)
        return False
    return True
