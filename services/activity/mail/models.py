"""Tables of mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.activity.mail.rules import MailStatus, Security
from services.activity.models import Base
from shared.db import IdType, Record, remote_id
from shared.jobs import Job


class MailSettings(Record, Base):
    """The one row of settings: through which server mail goes, and how that server does.

    Only what was due since `enabled_at` is sent. After `failures` in a row, the last with this `trouble` and `reply`, the server is
    left alone until `retry_at`.
    """

    __tablename__ = "mail_settings"

    enabled: Mapped[bool] = mapped_column(default=False)
    host: Mapped[str | None] = mapped_column(String(253))
    port: Mapped[int] = mapped_column(default=587)
    security: Mapped[str] = mapped_column(String(10), default=Security.STARTTLS.value)
    username: Mapped[str | None] = mapped_column(String(200))
    sealed_password: Mapped[str | None] = mapped_column(String(4000))
    sender_address: Mapped[str | None] = mapped_column(String(200))
    sender_name: Mapped[str | None] = mapped_column(String(80))
    enabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(40))
    reply: Mapped[str | None] = mapped_column(String(200))

    untracked = Record.untracked | {"sealed_password", "enabled_at", "failures", "retry_at", "trouble", "reply"}

    @property
    def has_password(self) -> bool:
        """Whether a password is kept."""
        return self.sealed_password is not None


class MailRecipient(Base):
    """Where a user's mail goes and in which language; they want reminders by mail `since` then, or not at all."""

    __tablename__ = "mail_recipients"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(10))
    since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)


class ReminderMail(Job, Base):
    """The mail of a reminder that was due at a moment, one for each; its id is its Message-ID, however often it is sent. `attempts` are claims nobody came back from."""

    __tablename__ = "reminder_mails"
    open_in = (MailStatus.WAITING.value,)
    lease = timedelta(minutes=1)

    reminder_id: Mapped[str] = remote_id("activity", index=False)
    due_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("reminder_id", "due_at"),)
