"""The mail server's settings: kept without telling the password, and tried in words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from deploy.processes import free_port
from gateway.models import User
from gateway.service import IdentityService
from services.activity.mail.models import MailSettings
from services.activity.mail.rules import LONGEST_PAUSE, pause
from services.activity.service import ActivityService
from shared.trail import History
from tests.activity.conftest import SENDER, Mailing
from tests.doors import Refused
from tests.office import Office, refusal
from tests.patience import PATIENCE_SECONDS
from tests.post import PostOffice, certified, post_office

PASSWORD = "s3cret-of-the-server"


def stored(mailing: Mailing) -> MailSettings:
    with mailing.door.database.transaction(read=True) as db:
        return db.scalars(select(MailSettings)).one()


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    assert [pause(times).total_seconds() for times in (1, 2, 3)] == [30, 60, 120]
    assert pause(1000) == LONGEST_PAUSE


def test_the_password_is_sealed_and_never_told(mailing: Mailing) -> None:
    told = mailing.set(username="crm", password=PASSWORD)
    assert (told["has_password"], told["username"], told["sender_name"]) == (True, "crm", "公海 CRM")
    sealed = stored(mailing).sealed_password
    assert sealed and PASSWORD not in sealed
    assert mailing.set(port=2525, version=told["version"])["has_password"]
    assert stored(mailing).sealed_password == sealed, "what is left out stays"
    shown = mailing.door.call("get_mail_settings", mailing.admin)
    with mailing.door.database.transaction(read=True) as db:
        history = [entry.changes for entry in db.scalars(select(History).where(History.record_type == "MailSettings"))]
    assert history[-1] == {"port": [mailing.office.port, 2525]}
    assert PASSWORD not in orjson.dumps([shown, told, history]).decode()
    assert not mailing.set(password=None)["has_password"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"host": " "}, {"host": "must_not_be_blank"}),
        ({"host": None}, {"host": "must_not_be_null"}),
        ({"host": "http://mail/"}, {"host": "invalid_host"}),
        ({"port": 0}, {"port": "out_of_range"}),
        ({"port": 65536}, {"port": "out_of_range"}),
        ({"security": "ssl"}, {"security": "invalid_choice"}),
        ({"sender_address": "nobody"}, {"sender_address": "invalid_email"}),
        ({"sender_address": "a..b@example.com"}, {"sender_address": "invalid_email"}),
        ({"sender_address": "发件@example.com"}, {"sender_address": "invalid_email"}),
        ({"sender_name": "a\nb"}, {"sender_name": "forbidden_characters"}),
        ({"has_password": True}, {"has_password": "unknown_field"}),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(mailing: Mailing, changes: dict[str, Any], wrong: dict[str, str]) -> None:
    before = mailing.door.call("get_mail_settings", mailing.admin)
    assert refusal(mailing.door, "update_mail_settings", mailing.admin, **changes).fields == wrong
    assert mailing.door.call("get_mail_settings", mailing.admin) == before


def test_mail_is_not_switched_on_without_a_server_and_of_two_people_one_is_told(mailing: Mailing) -> None:
    with mailing.door.database.transaction() as db:
        settings = db.scalars(select(MailSettings)).one()
        settings.enabled, settings.host = False, None
    version = mailing.door.call("get_mail_settings", mailing.admin)["version"]
    assert refusal(mailing.door, "update_mail_settings", mailing.admin, enabled=True).fields == {"host": "required"}
    assert mailing.set(host="localhost", version=version)["version"] == version + 1
    late = refusal(mailing.door, "update_mail_settings", mailing.admin, host="elsewhere", version=version)
    assert (late.status, late.code) == (409, "stale_version")


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_test_mail_arrives_whatever_the_security(
    mailing: Mailing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    folder = None if security == "none" else certified(tmp_path, monkeypatch)
    # The post office of the tests takes no log-in that everybody could read.
    password = PASSWORD if folder else None
    with post_office(folder=folder, starttls=security == "starttls", password=password) as office:
        mailing.set(port=office.port, security=security, username=password and "crm", password=password)
        chinese = replace(mailing.admin, language="zh-CN")
        assert mailing.door.call("test_mail_settings", chinese, to="ann@example.com") == {"to": "ann@example.com"}
        (mail,) = office.received
        assert (mail["To"], mail["Subject"], mail["From"]) == ("ann@example.com", "邮件设置测试", f"公海 CRM <{SENDER}>")
        assert "设置有效" in mail.get_content()
        assert office.log_ins == int(security != "none")


def test_a_test_goes_to_oneself_and_takes_what_is_typed_before_it_is_saved(door_of: Any) -> None:
    office = Office(door_of, ActivityService)
    activity = office.activity
    activity.settings = replace(activity.settings, token_key="k" * 40)
    with post_office() as server:
        typed = {"host": "localhost", "port": server.port, "security": "none", "sender_address": SENDER}
        assert refusal(activity, "test_mail_settings", office.admin, **typed).fields == {"to": "required"}
        with office.identity.database.transaction() as db:
            db.get_one(User, office.admin.user_id).email = "admin@example.com"
        assert activity.call("test_mail_settings", office.admin, **typed) == {"to": "admin@example.com"}
        assert [one["To"] for one in server.received] == ["admin@example.com"]
    assert refusal(activity, "test_mail_settings", office.admin, to="ann@example.com").fields == {"host": "required"}
    assert office.identity.service.name == IdentityService.name


class Wrong:
    """A post office and what goes wrong with it."""

    def __init__(self, mailing: Mailing) -> None:
        self.mailing = mailing

    def tells(self, field: str, code: str, office: PostOffice | None = None, **changes: Any) -> Refused:
        """A test with these settings tells this of this field, in words and in time, which on a busy machine is short for nothing but silence."""
        if office is not None:
            changes = {"port": office.port} | changes
        seconds = 3 if code == "mail_timeout" else PATIENCE_SECONDS
        self.mailing.door.settings = replace(self.mailing.door.settings, rpc_timeout_seconds=seconds)
        began = time.monotonic()
        refused = refusal(self.mailing.door, "test_mail_settings", self.mailing.admin, **{"to": "ann@example.com"} | changes)
        assert time.monotonic() - began < seconds + 15
        assert (refused.status, refused.fields) == (422, {field: code})
        detail = refused.problem["errors"][0]["detail"]
        assert detail != code and "{" not in detail
        return refused


def test_what_is_wrong_with_the_server_is_told(mailing: Mailing) -> None:
    wrong = Wrong(mailing)
    wrong.tells("host", "mail_host_unknown", host="no-such-host.invalid")
    wrong.tells("host", "mail_host_unknown", host="a..b")
    wrong.tells("port", "mail_unreachable", port=free_port())
    wrong.tells("security", "mail_tls_failed", security="tls")
    wrong.tells("security", "mail_no_starttls", security="starttls")
    wrong.tells("username", "mail_no_login", username="crm", password="x")
    with listening() as port:
        wrong.tells("host", "mail_timeout", port=port)
    with listening(drop=b"2") as port:
        wrong.tells("host", "mail_timeout", port=port)
    with listening(drop=b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "HTTP" not in str(wrong.tells("host", "mail_broke_off", port=port)), "what is no mail server is not quoted"
    with listening(closes=True) as port:
        wrong.tells("host", "mail_broke_off", port=port)


def test_what_the_server_refuses_is_told(mailing: Mailing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, folder = Wrong(mailing), certified(tmp_path, monkeypatch)
    with post_office(folder=folder, password=PASSWORD) as office:
        mailing.set(security="tls", username="crm", password="wrong")
        assert "535" in str(wrong.tells("password", "mail_login_refused", office))
        wrong.tells("password", "mail_login_refused", office, password="密码")
        wrong.tells("security", "mail_certificate", office, host="127.0.0.1")
        monkeypatch.delenv("SSL_CERT_FILE")
        wrong.tells("security", "mail_certificate", office)
        mailing.set(security="none", username=None, password=None)
        wrong.tells("host", "mail_timeout", office)
    with post_office(folder=folder, starttls=True) as office:
        wrong.tells("security", "mail_certificate", office, security="starttls")
        wrong.tells("sender_address", "mail_sender_refused", office)
    office = mailing.office
    office.refused = {"ann@example.com": "550 No such user"}
    assert "550 No such user" in str(wrong.tells("to", "mail_recipient_refused"))
    wrong.tells("to", "mail_recipient_refused", to="安@example.com")
    office.refused = {SENDER: "553 Not you"}
    wrong.tells("sender_address", "mail_sender_refused")
    office.refused = {"data": "554 Spam"}
    wrong.tells("host", "mail_message_refused")
    office.refused = {SENDER: "421 Too busy"}
    wrong.tells("host", "mail_broke_off")


def test_a_password_sealed_with_another_key_is_asked_for_again(mailing: Mailing) -> None:
    mailing.set(username="crm", password=PASSWORD)
    mailing.door.settings = replace(mailing.door.settings, token_key="x" * 40)
    Wrong(mailing).tells("password", "mail_password_unreadable")
    mailing.door.tick("mail_reminders")
    assert mailing.door.call("get_mail_settings", mailing.admin)["error_code"] == "mail_password_unreadable"


@contextmanager
def listening(*, drop: bytes = b"", closes: bool = False) -> Iterator[int]:
    """A port where somebody listens who is no mail server: silent, or saying this over and over, or hanging up."""
    with socket.create_server(("localhost", 0)) as server:
        over = threading.Event()

        def answer() -> None:
            while not over.is_set():
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                with taken:
                    while not closes and not over.wait(0.2):
                        if drop:
                            try:
                                taken.sendall(drop)
                            except OSError:
                                break

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        over.set()
