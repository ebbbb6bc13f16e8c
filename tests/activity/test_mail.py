"""Reminders by mail: once for each moment they are due, whatever becomes of the server, the process or the people."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from services.activity.mail import actions
from services.activity.mail.models import MailSettings, ReminderMail
from services.activity.mail.rules import GIVE_UP_AFTER
from services.activity.models import Reminder
from shared import clock
from shared.caller import Caller
from shared.contracts.finance import PlanOverdue
from shared.contracts.identity import OrganisationUpdated
from tests.activity.conftest import SENDER, Mailing
from tests.office import at_once
from tests.post import certified, post_office


@pytest.fixture
def ann(mailing: Mailing, caller: Callable[..., Caller]) -> Caller:
    """Somebody who wants reminders by mail."""
    who = caller("ann")
    mailing.tell(who)
    return who


def test_a_due_reminder_comes_once_in_the_readers_language_and_the_organisations_time(mailing: Mailing, ann: Caller) -> None:
    mailing.door.deliver(
        OrganisationUpdated(
            organisation_id="o", name="O", time_zone="America/New_York", currency="USD", working_days=(1, 2, 3, 4, 5), version=1
        )
    )
    mailing.tell(ann, version=2, language="zh-TW")
    customer = "01a22b57-a8ef-70dd-bd3c-94ab7e9203a6"
    mailing.door.deliver(
        PlanOverdue(
            plan_id=customer, number="PP1", order_id="o", customer_id="c", owner_id=ann.user_id, period=1, due_on=date(2026, 11, 1),
            amount=Decimal("1234.50"), received=Decimal("0.00"), status="unpaid", version=2,
        )
    )  # fmt: skip
    (row,) = mailing.door.call("list_reminders", replace(ann, language="zh-TW"))["items"]
    for _ in range(3):
        mailing.send()
    (mail,) = mailing.office.received
    assert mail["Subject"] == row["text"] == "回款計劃 PP1（金額 1,234.50）自 2026-11-01 起逾期。"
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == ("ann@example.com", f"公海 CRM <{SENDER}>", "auto-generated")
    text = mail.get_content().replace("\r\n", "\n")
    assert row["text"] in text and f"https://crm.example.com/payment-plans/{customer}\n" in text
    due = datetime.fromisoformat(row["remind_at"]).astimezone(ZoneInfo("America/New_York"))
    assert due.strftime("%Y-%m-%d %H:%M") in text and "個人設定" in text
    assert parsedate_to_datetime(mail["Date"]) - clock.now() < timedelta(minutes=1)
    assert mailing.statuses() == ["sent"]


def test_only_what_is_due_open_and_wanted_is_sent(mailing: Mailing, ann: Caller, caller: Callable[..., Caller]) -> None:
    bob, leaver, homeless = caller("bob"), caller("leaver"), caller("homeless")
    mailing.tell(bob, remind_by_mail=False)
    mailing.tell(leaver, is_active=False)
    mailing.tell(homeless, email=None)
    done, deleted = mailing.remind(ann, "Done"), mailing.remind(ann, "Deleted")
    mailing.door.call("finish_reminder", ann, id=done["id"])
    mailing.door.call("delete_reminder", ann, id=deleted["id"])
    mailing.remind(ann, "Later", seconds=3600)
    mailing.remind(ann, "Long before she wanted any", seconds=-3600)
    for who in (bob, leaver, homeless):
        mailing.remind(who)
    mailing.remind(ann, "Now")
    mailing.send()
    assert mailing.mails() == [("ann@example.com", "Now")]
    mailing.tell(ann, version=3, remind_by_mail=False)
    mailing.tell(ann, version=2)
    mailing.tell(bob, version=2, email="bob@elsewhere.example")
    mailing.remind(ann, "Not any more")
    mailing.remind(bob, "From now on")
    mailing.send()
    assert mailing.mails()[1:] == [("bob@elsewhere.example", "From now on")]


def test_snoozed_it_comes_again_at_the_new_moment(mailing: Mailing, ann: Caller) -> None:
    reminder = mailing.remind(ann)
    mailing.send()
    later = clock.now() + timedelta(hours=1)
    mailing.door.call("snooze_reminder", ann, id=reminder["id"], until=later.isoformat())
    mailing.send()
    assert len(mailing.mails()) == 1
    mailing.door.call("snooze_reminder", ann, id=reminder["id"], until=clock.now().isoformat())
    for _ in range(2):
        mailing.send()
    assert len(mailing.mails()) == 2
    assert len({one["Message-ID"] for one in mailing.office.received}) == 2


def test_switched_off_none_is_sent_and_switched_on_again_no_old_one(mailing: Mailing, ann: Caller) -> None:
    mailing.set(enabled=False)
    mailing.remind(ann, "While it was off")
    mailing.send()
    mailing.set(enabled=True)
    mailing.send()
    mailing.remind(ann, "And on")
    mailing.send()
    assert mailing.mails() == [("ann@example.com", "And on")]


def test_a_server_that_is_away_loses_nothing_and_is_left_alone_for_a_while(mailing: Mailing, ann: Caller) -> None:
    mailing.office.stop()
    for text in ("One", "Two", "Three"):
        mailing.remind(ann, text)
    version = mailing.door.call("get_mail_settings", mailing.admin)["version"]
    mailing.send()
    told = mailing.door.call("get_mail_settings", mailing.admin)
    assert (told["waiting"], told["error_code"], told["version"]) == (3, "mail_unreachable", version)
    assert told["error"]
    mailing.office.start()
    mailing.door.tick("mail_reminders")
    assert mailing.mails() == [], "it is not asked again at once"
    mailing.send()
    assert sorted(subject for _, subject in mailing.mails()) == ["One", "Three", "Two"]
    assert mailing.office.connections == 1, "they go over one connection"
    told = mailing.door.call("get_mail_settings", mailing.admin)
    assert (told["waiting"], told["error_code"], told["error"]) == (0, None, None)


def test_new_settings_and_a_good_test_of_those_kept_try_the_server_at_once(mailing: Mailing, ann: Caller) -> None:
    for repair in (
        lambda: mailing.set(sender_name="New"),
        lambda: mailing.door.call("test_mail_settings", mailing.admin, to="t@example.com"),
    ):
        mailing.office.received.clear()
        mailing.office.refused = {SENDER: "553 Not you"}
        mailing.remind(ann)
        mailing.door.tick("mail_reminders")
        assert mailing.door.call("get_mail_settings", mailing.admin)["error_code"] == "mail_sender_refused"
        mailing.office.refused = {}
        mailing.door.tick("mail_reminders")
        assert mailing.mails() == []
        repair()
        mailing.door.tick("mail_reminders")
        assert ("ann@example.com", "Call Ann") in mailing.mails()


def test_what_could_not_be_sent_for_a_day_is_given_up(mailing: Mailing, ann: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing.office.stop()
    mailing.remind(ann, "Old")
    mailing.send()
    given_up = counted("failed")
    start = clock.now() + GIVE_UP_AFTER
    monkeypatch.setattr(clock, "now", lambda: start)
    mailing.office.start()
    mailing.remind(ann, "New")
    mailing.send()
    assert mailing.mails() == [("ann@example.com", "New")]
    assert mailing.statuses() == ["failed", "sent"]
    assert counted("failed") == given_up + 1


def test_a_recipient_refused_for_good_is_not_tried_again_and_keeps_nobody_waiting(
    mailing: Mailing, ann: Caller, caller: Callable[..., Caller]
) -> None:
    nobody, full, strange = caller("nobody"), caller("full"), caller("strange")
    for who in (nobody, full):
        mailing.tell(who)
    mailing.tell(strange, email="a..b@example.com")
    mailing.office.refused = {"nobody@example.com": "550 No such user", "full@example.com": "452 Mailbox full"}
    for who in (nobody, full, strange, ann):
        mailing.remind(who)
    mailing.door.tick("mail_reminders")
    assert mailing.mails() == [("ann@example.com", "Call Ann")]
    assert mailing.statuses() == ["refused", "refused", "sent", "waiting"]
    assert mailing.door.call("get_mail_settings", mailing.admin)["error_code"] is None
    mailing.office.refused = {}
    mailing.door.tick("mail_reminders")
    assert len(mailing.mails()) == 1, "one that may be taken later waits"
    mailing.send()
    assert mailing.mails()[1:] == [("full@example.com", "Call Ann")]


def test_workers_at_once_send_each_mail_once(mailing: Mailing, ann: Caller) -> None:
    for number in range(20):
        mailing.remind(ann, f"Call {number}")
    at_once([lambda: mailing.door.tick("mail_reminders")] * 4)
    assert sorted(mailing.mails()) == sorted(("ann@example.com", f"Call {number}") for number in range(20))
    assert mailing.statuses() == ["sent"] * 20


def test_a_process_that_dies_before_it_notes_what_it_sent_sends_the_same_message_again(
    mailing: Mailing, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.remind(ann)

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(actions, "_settle", die)
        mailing.door.tick("mail_reminders")
    mailing.door.tick("mail_reminders")
    assert len(mailing.mails()) == 1, "the claim holds for a minute"
    mailing.send()
    mailing.send()
    first, second = (one["Message-ID"] for one in mailing.office.received)
    assert first == second
    assert re.fullmatch(r"<[0-9a-f-]{36}@example\.com>", first)


def test_what_became_of_a_reminder_while_its_mail_waited_counts(mailing: Mailing, ann: Caller) -> None:
    mailing.office.stop()
    done, moved, kept = (mailing.remind(ann, text) for text in ("Done", "Moved", "Kept"))
    mailing.send()
    mailing.door.call("finish_reminder", ann, id=done["id"])
    mailing.door.call("snooze_reminder", ann, id=moved["id"], until=(clock.now() + timedelta(hours=2)).isoformat())
    mailing.tell(ann, version=2, email="ann@new.example")
    mailing.office.start()
    mailing.send()
    assert mailing.mails() == [("ann@new.example", "Kept")]
    assert kept["version"] == mailing.door.call("get_reminder", ann, id=kept["id"])["version"]
    assert mailing.statuses() == ["dropped", "dropped", "sent"]


def test_what_was_settled_long_ago_is_forgotten_and_not_sent_anew(mailing: Mailing, ann: Caller) -> None:
    mailing.remind(ann)
    mailing.send()
    mailing.door.tick("forget_old_rows")
    assert mailing.statuses() == ["sent"]
    with mailing.door.database.transaction() as db:
        old = clock.now() - timedelta(days=31)
        db.execute(update(ReminderMail).values(finished_at=old, due_at=old))
        db.execute(update(Reminder).values(remind_at=old))
    mailing.door.tick("forget_old_rows")
    mailing.send()
    assert mailing.statuses() == []
    assert len(mailing.mails()) == 1


def test_over_tls_too(mailing: Mailing, ann: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = certified(tmp_path, monkeypatch)
    with post_office(folder=folder, starttls=True, password="right") as office:
        mailing.set(port=office.port, security="starttls", username="crm", password="wrong")
        mailing.remind(ann)
        mailing.send()
        assert mailing.door.call("get_mail_settings", mailing.admin)["error_code"] == "mail_login_refused"
        mailing.set(password="right")
        mailing.send()
        assert [one["To"] for one in office.received] == ["ann@example.com"]


GREEN = """
import eventlet
eventlet.monkey_patch()
import sys
from datetime import datetime, UTC
from services.activity.mail.smtp import Connection, MailError, Server, message_of

turns = 0
def turn():
    global turns
    while True:
        turns += 1
        eventlet.sleep(0.01)
eventlet.spawn(turn)
for port, security, seconds in (one.split(":") for one in sys.argv[1:]):
    server = Server("localhost", int(port), security, None, None, "crm@example.com", None)
    message = message_of(server, to="ann@example.com", subject="Hello", text="Hello", language="en", message_id="m", at=datetime.now(UTC))
    before = turns
    try:
        Connection(server).send(message, "ann@example.com", seconds=float(seconds))
        print("sent")
    except MailError as error:
        # A busy machine takes some of the many turns; one that waits itself would take all.
        print(error.trouble if turns > before + 3 else "stopped")
"""


def test_a_server_that_does_not_answer_stops_no_greenlet_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.activity.test_mail_settings import listening

    with post_office(folder=certified(tmp_path, monkeypatch)) as office, listening() as silent, listening(drop=b"2") as dripping:
        places = [f"{office.port}:tls:60", f"{silent}:tls:1.5", f"{silent}:none:1.5", f"{dripping}:none:1.5"]
        run = subprocess.run([sys.executable, "-W", "ignore", "-c", GREEN, *places], capture_output=True, text=True, timeout=150)
    assert run.stdout.split() == ["sent", *["mail_timeout"] * 3], run.stderr


def counted(outcome: str) -> float:
    return actions.MAILS.labels(outcome)._value.get()


def test_figures_tell_what_became_of_mails(mailing: Mailing, ann: Caller) -> None:
    sent = counted("sent")
    mailing.remind(ann)
    mailing.send()
    assert counted("sent") == sent + 1
    with mailing.door.database.transaction(read=True) as db:
        assert db.query(MailSettings).one().failures == 0
