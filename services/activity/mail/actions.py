"""Writes of mail: the settings, a test of them, and the mails of reminders."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.activity.mail import queries
from services.activity.mail.models import MailRecipient, MailSettings, ReminderMail
from services.activity.mail.rules import GIVE_UP_AFTER, SETTING, MailStatus, pause
from services.activity.mail.smtp import Connection, MailError, Server, address, message_of
from shared import clock
from shared.bus import Call
from shared.contracts.identity import UserCreated
from shared.db import add_missing, new_id
from shared.errors import Invalid, StaleVersion
from shared.jobs import claim, held
from shared.vault import vault_of

log = structlog.get_logger(__name__)

MAILS = Counter("highseas_mails_total", "Mails of reminders, by what became of them", ["outcome"])
SERVER_TROUBLES = Counter("highseas_mail_server_troubles_total", "Times the mail server could not be used", ["trouble"])

SETTINGS: Any = MailSettings.__table__
"""How the server does is noted past the record: no new version, and no history."""

SEND_SECONDS = 20.0
"""A server that takes longer for a mail is away; less than a claim holds, and than a stopping process has."""
SHARE_OF_A_CALL = 0.8
"""So much of the time a call has may a test take, so that its answer is still heard."""
SENT_TOGETHER = 50
"""Over one connection; servers end long ones."""


def save_settings(call: Call, changes: dict[str, Any]) -> MailSettings:
    """Change the settings given; the server is tried again at once. Raises Invalid, StaleVersion."""
    settings = call.db.scalars(select(MailSettings).with_for_update()).one()
    version = changes.pop("version", None)
    if version is not None and version != settings.version:
        raise StaleVersion
    if "password" in changes:
        password = changes.pop("password")
        settings.sealed_password = vault_of(call.settings).seal(password, queries.PURPOSE) if password else None
    was_enabled = settings.enabled
    for name, value in changes.items():
        setattr(settings, name, value)
    _check(settings)
    if settings.enabled and not was_enabled:
        settings.enabled_at = call.now
    settings.failures, settings.retry_at, settings.trouble, settings.reply = 0, None, None, None
    return settings


def send_test(call: Call, data: dict[str, Any]) -> None:
    """Before the answer: send a mail through the server as it is kept or given. Raises Invalid naming the setting to look at."""
    ends_at = time.monotonic() + call.settings.rpc_timeout_seconds * SHARE_OF_A_CALL
    given = dict(data)
    data.clear()
    data["to"] = to = given.pop("to", None) or _own_address(call)
    try:
        server = call.read(lambda reading: queries.server_of(reading, queries.settings_of(reading.db), given))
        _check_sender(server.sender_address)
        letter = queries.test_letter(call, to)
        message = _message(server, letter, new_id(), call.now)
        with closing(Connection(server)) as connection:
            connection.send(message, to, seconds=max(ends_at - time.monotonic(), 0.1))
        if not given:
            call.write(_all_is_well)
    except MailError as error:
        raise Invalid.field(SETTING.get(error.trouble, "host"), error.trouble.value, reply=error.reply or "—") from error


def keep_recipient(db: Session, event: UserCreated, now: datetime) -> None:
    """Know where a user's mail goes; older news is ignored."""
    known = db.get(MailRecipient, event.user_id, with_for_update=True) or MailRecipient(id=event.user_id, version=-1)
    if event.version <= known.version:
        return
    wants = event.remind_by_mail and event.is_active and event.email
    known.email, known.language, known.version = event.email, event.language, event.version
    known.since = (known.since or now) if wants else None
    db.add(known)


def mail_reminders(call: Call) -> bool:
    """Send the mails of reminders that are due. Says whether more wait. For a timer without a transaction."""
    try:
        server, enabled_at = call.read(queries.server_in_service)
    except MailError as error:
        _leave_alone(call, error)
        return False
    if server is None or enabled_at is None:
        return False
    _add_due(call, enabled_at)
    with closing(Connection(server)) as connection:
        for _ in range(SENT_TOGETHER):
            claimed = None if call.stopping.is_set() else claim(call, ReminderMail)
            if claimed is None or not _carry_on(call, connection, server, enabled_at, *claimed):
                return False
    return True


def forget_old(call: Call) -> None:
    """Drop mails that were settled long ago. None of them is due again: it is more than a day since."""
    before = call.now - max(timedelta(days=call.settings.keep_events_days), GIVE_UP_AFTER)
    call.db.execute(delete(ReminderMail).where(ReminderMail.finished_at < before))


def _check(settings: MailSettings) -> None:
    for name in ("host", "sender_address"):
        if settings.enabled and not getattr(settings, name):
            raise Invalid.field(name, "required")
    if settings.sender_address:
        _check_sender(settings.sender_address)


def _check_sender(sender: str) -> None:
    try:
        address(sender)
        sender.encode("ascii")
    except ValueError as error:
        raise Invalid.field("sender_address", "invalid_email") from error


def _own_address(call: Call) -> str:
    (told,) = call.ask("identity.vouch_for_users", user_ids=[call.caller.user_id])
    if not told["email"]:
        raise Invalid.field("to", "required")
    return str(told["email"])


def _message(server: Server, letter: queries.Letter, message_id: str, at: datetime) -> Any:
    return message_of(
        server, to=letter.to, subject=letter.subject, text=letter.text, language=letter.language, message_id=message_id, at=at
    )


def _add_due(call: Call, enabled_at: datetime) -> None:
    """A mail for each reminder that is due; where two do this at once, the first one's mail stays."""
    found = call.read(lambda reading: queries.due(reading.db, enabled_at, reading.now))
    rows = [
        {
            "id": new_id(), "status": MailStatus.WAITING.value, "attempts": 0, "failures": 0, "created_at": call.now,
            "reminder_id": reminder_id, "due_at": due_at,
        }
        for reminder_id, due_at in found
    ]  # fmt: skip
    if rows:
        call.write(lambda writing: add_missing(writing.db, ReminderMail, *rows))


def _carry_on(call: Call, connection: Connection, server: Server, enabled_at: datetime, mail_id: str, token: str) -> bool:
    """Send a claimed mail, if it is to be sent still. Says whether the server takes others."""

    def look(reading: Call) -> tuple[ReminderMail, queries.Letter | None]:
        mail = reading.db.get_one(ReminderMail, mail_id)
        return mail, queries.letter_of(reading, mail, enabled_at)

    mail, letter = call.read(look)
    if letter is None:
        _settle(call, mail_id, token, MailStatus.DROPPED)
    elif mail.status != MailStatus.WAITING or mail.due_at <= clock.now() - GIVE_UP_AFTER:
        log.warning("mail_given_up", mail_id=mail_id, reminder_id=mail.reminder_id, due_at=mail.due_at.isoformat())
        _settle(call, mail_id, token, MailStatus.FAILED)
    else:
        return _send(call, connection, server, letter, mail_id, token)
    return True


def _send(call: Call, connection: Connection, server: Server, letter: queries.Letter, mail_id: str, token: str) -> bool:
    try:
        connection.send(_message(server, letter, mail_id, clock.now()), letter.to, seconds=SEND_SECONDS)
    except MailError as error:
        if error.is_the_mails:
            _take_refusal(call, error, mail_id, token)
            return True
        _put_back(call, mail_id, token)
        _leave_alone(call, error)
        return False
    _settle(call, mail_id, token, MailStatus.SENT)
    return True


def _take_refusal(call: Call, error: MailError, mail_id: str, token: str) -> None:
    """This mail was refused, and others need not be: it is tried later, unless it would be refused again."""
    log.warning("mail_refused", mail_id=mail_id, trouble=error.trouble.value, reply=error.reply, for_good=error.for_good)
    if error.for_good:
        _settle(call, mail_id, token, MailStatus.REFUSED)
    else:
        _put_back(call, mail_id, token, failed=True)


def _settle(call: Call, mail_id: str, token: str, status: MailStatus) -> None:
    """It is over with a mail."""

    def settle(writing: Call) -> None:
        mail = held(writing.db, ReminderMail, mail_id, token)
        if mail is not None:
            mail.status, mail.finished_at = status.value, clock.now()
            mail.let_go()
        if status is MailStatus.SENT:
            _all_is_well(writing)

    call.write(settle)
    MAILS.labels(status.value).inc()


def _put_back(call: Call, mail_id: str, token: str, *, failed: bool = False) -> None:
    """A mail waits on: for the server, or, where it `failed` by itself, for a time that grows. Nothing ended the process meanwhile."""

    def put_back(writing: Call) -> None:
        mail = held(writing.db, ReminderMail, mail_id, token)
        if mail is not None:
            mail.attempts, mail.failures = 0, mail.failures + failed
            mail.let_go(clock.now() + pause(mail.failures) if failed else None)

    call.write(put_back)
    MAILS.labels("postponed").inc()


def _leave_alone(call: Call, error: MailError) -> None:
    """The server cannot be used; it is left alone for a while."""

    def note(writing: Call) -> int:
        failures = writing.db.scalars(select(MailSettings.failures)).one() + 1
        state = {"failures": failures, "retry_at": clock.now() + pause(failures), "trouble": error.trouble.value, "reply": error.reply}
        writing.db.execute(update(SETTINGS).values(**state))
        return failures

    failures = call.write(note)
    SERVER_TROUBLES.labels(error.trouble.value).inc()
    log.warning("mail_server_trouble", trouble=error.trouble.value, reply=error.reply, failures=failures)


def _all_is_well(call: Call) -> None:
    """The server took a mail."""
    well = {"failures": 0, "retry_at": None, "trouble": None, "reply": None}
    call.db.execute(update(SETTINGS).where(SETTINGS.c.failures > 0).values(**well))
