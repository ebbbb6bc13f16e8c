"""Shapes of mail."""

from __future__ import annotations

import re

from services.activity.mail.rules import Security
from shared.schema import Choice, Email, Flag, Pattern, Schema, Text, Whole


class Host(Pattern):
    """The name or the address of a server."""

    pattern = re.compile(r"[\w.:-]+")
    code = "invalid_host"


class MailSettingsSchema(Schema):
    """The mail server. The password is never told; `waiting` mails are on their way, `error` says in words what keeps them."""

    enabled = Flag()
    host = Text(allow_none=True)
    port = Whole()
    security = Choice(Security)
    username = Text(allow_none=True)
    has_password = Flag()
    sender_address = Email(allow_none=True)
    sender_name = Text(allow_none=True)
    waiting = Whole()
    error_code = Text(allow_none=True)
    error = Text(allow_none=True)
    version = Whole()


class MailServerInput(Schema):
    """What may change of the mail server; what is left out stays, the password too. Null takes it away."""

    host = Host(max=253, min=1)
    port = Whole(min=1, max=65535)
    security = Choice(Security)
    username = Text(max=200, allow_none=True)
    password = Text(max=500, allow_none=True, load_only=True)
    sender_address = Email(max=200, min=1)
    sender_name = Text(max=80, allow_none=True)


class MailSettingsInput(MailServerInput):
    """New settings; `version` is that of the ones they were made from."""

    enabled = Flag()
    version = Whole(min=1)


class TestMailInput(MailServerInput):
    """Settings to try in place of those kept, and where the mail goes: to the caller, unless it is said."""

    to = Email(max=200, min=1)


class TestMailSchema(Schema):
    """Where the test mail went."""

    to = Email()
