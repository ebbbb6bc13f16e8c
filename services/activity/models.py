"""Tables of activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.activity import ReminderCreated
from shared.db import IdType, Model, Record, new_metadata
from shared.errors import WrongState


class Base(Model):
    """The root of all tables of activity."""

    __abstract__ = True
    metadata = new_metadata()


class Reminder(Record, Base):
    """Something its owner should not forget.

    One made by the system has a `fact` (unique, so that an event told twice reminds once) and `params` that fill the text
    of its kind in the reader's language; a personal one has its `text`.
    """

    __tablename__ = "reminders"

    kind: Mapped[str] = mapped_column(String(30))
    text: Mapped[str | None] = mapped_column(String(500))
    params: Mapped[dict[str, Any] | None]
    remind_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(8), default="open")
    record_module: Mapped[str | None] = mapped_column(String(40))
    record_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    fact: Mapped[str | None] = mapped_column(String(120), unique=True)

    __table_args__ = (Index("ix_reminders_mine", "owner_id", "status", "remind_at"),)

    def told(self, event: type[ReminderCreated]) -> ReminderCreated:
        """The reminder as it is now, for others."""
        return event(
            reminder_id=self.id, user_id=self.owner_id or "", kind=self.kind, text=self.text or "", remind_at=self.remind_at, is_open=self.status == "open",
        )  # fmt: skip

    def finish(self) -> None:
        """Done with it. Raises WrongState."""
        if self.status != "open":
            raise WrongState(self.status, "reminder.status")
        self.status = "done"

    def move(self, at: datetime) -> None:
        """What it is about is at another time: it is open again, whatever became of it before."""
        self.remind_at, self.status, self.deleted_at = at, "open", None

    def snooze(self, until: datetime) -> None:
        """Remind again later. Raises WrongState."""
        if self.status != "open":
            raise WrongState(self.status, "reminder.status")
        self.remind_at = until
