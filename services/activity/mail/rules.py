"""Pure decisions: what keeps a mail from going out, whom that concerns, when it is tried again and when given up."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

GIVE_UP_AFTER = timedelta(hours=24)
"""A reminder that is due for so long is not sent any more."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


class Security(StrEnum):
    """How the connection is secured: not at all, with STARTTLS, or with TLS from its first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Trouble(StrEnum):
    """What keeps a mail from going out, as an error code."""

    HOST_UNKNOWN = "mail_host_unknown"
    UNREACHABLE = "mail_unreachable"
    TIMEOUT = "mail_timeout"
    CERTIFICATE = "mail_certificate"
    TLS_FAILED = "mail_tls_failed"
    NO_STARTTLS = "mail_no_starttls"
    NO_LOGIN = "mail_no_login"
    LOGIN_REFUSED = "mail_login_refused"
    PASSWORD_UNREADABLE = "mail_password_unreadable"  # noqa: S105
    SENDER_REFUSED = "mail_sender_refused"
    RECIPIENT_REFUSED = "mail_recipient_refused"
    MESSAGE_REFUSED = "mail_message_refused"
    BROKE_OFF = "mail_broke_off"


SETTING = {
    Trouble.UNREACHABLE: "port", Trouble.CERTIFICATE: "security", Trouble.TLS_FAILED: "security", Trouble.NO_STARTTLS: "security",
    Trouble.NO_LOGIN: "username", Trouble.LOGIN_REFUSED: "password", Trouble.PASSWORD_UNREADABLE: "password",
    Trouble.SENDER_REFUSED: "sender_address", Trouble.RECIPIENT_REFUSED: "to",
}  # fmt: skip
"""The setting to look at first; where none stands here, the host."""

OF_ONE_MAIL = (Trouble.RECIPIENT_REFUSED, Trouble.MESSAGE_REFUSED)
"""Troubles of one mail, which keep no other from going out."""


class MailStatus(StrEnum):
    """Where a mail is: on its way, taken by the server, refused for good, given up after a day, or wanted by nobody any more."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    DROPPED = "dropped"


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubling up to a quarter of an hour."""
    doubled: int = 2 ** min(max(failures - 1, 0), 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
