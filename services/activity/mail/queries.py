"""Reads of mail: the server, what is due, and what a mail says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from services.activity.mail.models import MailRecipient, MailSettings, ReminderMail
from services.activity.mail.rules import GIVE_UP_AFTER, MailStatus, Trouble
from services.activity.mail.smtp import MailError, Server
from services.activity.models import Reminder
from services.activity.queries import text_of
from shared.bus import Call
from shared.errors import Internal, Invalid
from shared.i18n import error_text, phrase
from shared.vault import vault_of

PURPOSE = "mail:password"
SUBJECT_LENGTH = 150
DUE_TOGETHER = 500


class Letter(NamedTuple):
    """What a mail says, to whom."""

    to: str
    subject: str
    text: str
    language: str


def settings_of(db: Session) -> MailSettings:
    """The settings row."""
    return db.scalars(select(MailSettings)).one()


def settings_as_shown(call: Call, settings: MailSettings) -> dict[str, Any]:
    """The settings without the password, how many mails wait, and what keeps them."""
    told = ("enabled", "host", "port", "security", "username", "has_password", "sender_address", "sender_name", "version")
    waiting = select(func.count()).select_from(ReminderMail).where(ReminderMail.status == MailStatus.WAITING.value)
    params = {"reply": settings.reply or "—"}
    return {name: getattr(settings, name) for name in told} | {
        "waiting": call.db.scalar(waiting),
        "error_code": settings.trouble,
        "error": error_text(settings.trouble, call.caller.language, call.package, params) if settings.trouble else None,
    }


def server_of(call: Call, settings: MailSettings, changes: dict[str, Any] | None = None) -> Server:
    """The server that the settings name, with these changes. Raises Invalid where something is missing, MailError where the password cannot be read."""
    given = changes or {}
    names = ("host", "port", "security", "username", "sender_address", "sender_name")
    values = {name: given.get(name, getattr(settings, name)) for name in names}
    for name in ("host", "sender_address"):
        if not values[name]:
            raise Invalid.field(name, "required")
    return Server(**values, password=given["password"] if "password" in given else _password(call, settings))


def server_in_service(call: Call) -> tuple[Server | None, datetime | None]:
    """The server that mail goes through now, and since when; none while mail is off or the server is left alone. Raises MailError."""
    settings = settings_of(call.db)
    if not settings.enabled or (settings.retry_at and settings.retry_at > call.now):
        return None, None
    return server_of(call, settings), settings.enabled_at


def due(db: Session, enabled_at: datetime, now: datetime) -> Sequence[tuple[str, datetime]]:
    """Reminders that are due, wanted by mail, and have none yet for this moment: their ids, and the moment."""
    has_mail = exists().where(ReminderMail.reminder_id == Reminder.id, ReminderMail.due_at == Reminder.remind_at)
    lately = (Reminder.remind_at <= now, Reminder.remind_at > now - GIVE_UP_AFTER)
    found = select(Reminder.id, Reminder.remind_at).where(*_wanted(enabled_at), *lately, ~has_mail)
    return [(one, at) for one, at in db.execute(found.order_by(Reminder.remind_at).limit(DUE_TOGETHER))]


def letter_of(call: Call, mail: ReminderMail, enabled_at: datetime) -> Letter | None:
    """What a mail is to say, in its reader's language; None where nobody wants it any more."""
    of_mail = (Reminder.id == mail.reminder_id, Reminder.remind_at == mail.due_at)
    found = call.db.execute(select(Reminder, MailRecipient).where(*of_mail, *_wanted(enabled_at))).one_or_none()
    if found is None:
        return None
    reminder, recipient = found
    language = recipient.language or call.settings.language
    text = " ".join(text_of(reminder, language, call.package).split())
    moment = mail.due_at.astimezone(ZoneInfo(call.organisation.time_zone)).strftime("%Y-%m-%d %H:%M")
    words = {"text": text, "moment": moment, "link": _link(call, reminder)}
    layout = "reminder_with_link" if words["link"] else "reminder"
    short = text if len(text) <= SUBJECT_LENGTH else f"{text[: SUBJECT_LENGTH - 1]}…"
    return Letter(recipient.email or "", short, phrase("mail", layout, language, call.package, words), language)


def test_letter(call: Call, to: str) -> Letter:
    """What a test mail says, in the caller's language."""
    subject, text = (phrase("mail", name, call.caller.language, call.package, {}) for name in ("test_subject", "test_text"))
    return Letter(to, subject, text, call.caller.language)


def _wanted(enabled_at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The reminders that are open and due since mail was switched on, by the organisation and by whom they are for."""
    return (
        Reminder.status == "open", Reminder.deleted_at.is_(None), MailRecipient.id == Reminder.owner_id,
        MailRecipient.since <= Reminder.remind_at, Reminder.remind_at >= enabled_at,
    )  # fmt: skip


def _link(call: Call, reminder: Reminder) -> str:
    base = call.settings.public_url.rstrip("/")
    return f"{base}/{reminder.record_module}/{reminder.record_id}" if base and reminder.record_module and reminder.record_id else ""


def _password(call: Call, settings: MailSettings) -> str | None:
    if settings.sealed_password is None:
        return None
    try:
        return vault_of(call.settings).open(settings.sealed_password, PURPOSE)
    except Internal as error:
        raise MailError(Trouble.PASSWORD_UNREADABLE) from error
