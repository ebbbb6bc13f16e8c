"""Mail to an SMTP server, in bounded time; what goes wrong is told as one of a few troubles."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from typing import Any

from services.activity.mail.rules import OF_ONE_MAIL, Security, Trouble
from shared.bus.blocking import run_blocking

LONGEST_REPLY = 200

TROUBLES: tuple[tuple[type[Exception], Trouble], ...] = (
    (TimeoutError, Trouble.TIMEOUT),
    (ssl.SSLCertVerificationError, Trouble.CERTIFICATE),
    (ssl.SSLError, Trouble.TLS_FAILED),
    (smtplib.SMTPAuthenticationError, Trouble.LOGIN_REFUSED),
    (smtplib.SMTPSenderRefused, Trouble.SENDER_REFUSED),
    (smtplib.SMTPRecipientsRefused, Trouble.RECIPIENT_REFUSED),
    (smtplib.SMTPDataError, Trouble.MESSAGE_REFUSED),
    (smtplib.SMTPNotSupportedError, Trouble.RECIPIENT_REFUSED),
    (smtplib.SMTPServerDisconnected, Trouble.BROKE_OFF),
    (smtplib.SMTPResponseException, Trouble.BROKE_OFF),
    # The library raises its plain exception where a server offers no way to log in that it knows.
    (smtplib.SMTPException, Trouble.NO_LOGIN),
    (OSError, Trouble.UNREACHABLE),
    # A password in letters that the protocol cannot carry.
    (UnicodeError, Trouble.LOGIN_REFUSED),
)
"""What each exception means; the first that fits."""


@dataclass(frozen=True)
class Server:
    """How to reach a server, and in whose name mail goes out."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None = field(repr=False)
    sender_address: str
    sender_name: str | None


class MailError(Exception):
    """A mail did not go out. `reply` is what the server said to it; what is `for_good` would be refused again."""

    def __init__(self, trouble: Trouble, reply: str = "", *, for_good: bool = False) -> None:
        super().__init__(trouble.value)
        self.trouble, self.reply, self.for_good = trouble, reply, for_good

    @property
    def is_the_mails(self) -> bool:
        """Whether it is about this one mail, and others may go out."""
        return self.trouble in OF_ONE_MAIL


class Connection:
    """A connection to a server, made for the first mail and kept for those that follow, until something about the server goes wrong."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: smtplib.SMTP | None = None
        self._is_busy = False
        self._is_over = False

    def send(self, message: EmailMessage, to: str, *, seconds: float) -> None:
        """Hand a mail to the server; whatever the server does, it takes no longer than this. Raises MailError."""
        try:
            _within(seconds, lambda: self._send(message, to, seconds))
        except Exception as error:
            told = error if isinstance(error, MailError) else _told(error)
            if not told.is_the_mails:
                self.close()
            raise told from error

    def close(self) -> None:
        """Leave, without waiting for the server's good-bye."""
        self._is_over = True
        if self._client is not None and self._client.sock is not None:
            # Closing waits for whoever reads, which may be a send that took too long; this ends its reading.
            with suppress(OSError):
                self._client.sock.shutdown(socket.SHUT_RDWR)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None and self._is_over and not self._is_busy:
            with suppress(OSError):
                self._client.close()

    def _send(self, message: EmailMessage, to: str, seconds: float) -> None:
        self._is_busy = True
        try:
            self._hand_over(message, to, seconds)
        finally:
            self._is_busy = False
            self._hang_up()

    def _hand_over(self, message: EmailMessage, to: str, seconds: float) -> None:
        if self._client is None:
            self._open(seconds)
        assert self._client is not None
        if self._is_over:
            # Nobody waits for this any more, and another may be about to send it.
            raise TimeoutError
        self._client.send_message(message, self._server.sender_address, [to])

    def _open(self, seconds: float) -> None:
        server, context = self._server, ssl.create_default_context()
        addresses = _addresses(server.host, server.port)
        name = _own_name()
        kind = smtplib.SMTP_SSL if server.security == Security.TLS else smtplib.SMTP
        options: dict[str, Any] = {"context": context} if kind is smtplib.SMTP_SSL else {}
        client = self._client = kind(local_hostname=name, timeout=seconds, **options)
        # The name was looked up already; the certificate must be good for it all the same.
        client._host = server.host  # type: ignore[attr-defined]
        _connect(client, addresses, server.port)
        client.ehlo_or_helo_if_needed()
        if server.security == Security.STARTTLS:
            if not client.has_extn("starttls"):
                raise MailError(Trouble.NO_STARTTLS)
            _start_tls(client, context)
        if server.username:
            client.ehlo_or_helo_if_needed()
            if not client.has_extn("auth"):
                raise MailError(Trouble.NO_LOGIN)
            client.login(server.username, server.password or "")


def message_of(server: Server, *, to: str, subject: str, text: str, language: str, message_id: str, at: datetime) -> EmailMessage:
    """A mail of plain text, made by a machine. Raises MailError where the address is none."""
    message = EmailMessage(policy=POLICY)
    message["From"] = address(server.sender_address, server.sender_name)
    try:
        message["To"] = address(to)
    except ValueError as error:
        raise MailError(Trouble.RECIPIENT_REFUSED, for_good=True) from error
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{server.sender_address.rpartition('@')[2]}>"
    message["Content-Language"] = language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def address(email: str, name: str | None = None) -> Address:
    """An address for a header. Raises ValueError."""
    try:
        return Address(name or "", addr_spec=email)
    except Exception as error:
        # The library's parser has several ways to stumble over what is no address.
        raise ValueError(email) from error


def _addresses(host: str, port: int) -> list[str]:
    """Where a host is. Looking it up stops a whole process of greenlets, so it is done in a thread."""
    try:
        found = run_blocking(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise MailError(Trouble.HOST_UNKNOWN) from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _connect(client: smtplib.SMTP, addresses: list[str], port: int) -> None:
    """Connect to the first address that takes it; raises what the last one did."""
    for place in addresses:
        try:
            code, _ = client.connect(place, port)
        except ssl.SSLError:
            raise
        except OSError:
            if place == addresses[-1]:
                raise
            continue
        if code != 220:
            raise MailError(Trouble.BROKE_OFF)
        return


def _start_tls(client: smtplib.SMTP, context: ssl.SSLContext) -> None:
    try:
        client.starttls(context=context)
    except smtplib.SMTPResponseException as error:
        raise MailError(Trouble.TLS_FAILED, _words(error.smtp_code, error.smtp_error)) from error


def _own_name() -> str:
    """How we call ourselves: the library would look the name up, which stops a whole process of greenlets."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Run `work` for at most so long; a server that answers drop by drop would hold it for ever. Raises what it raises, TimeoutError."""
    done, failed = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)
        done.set()

    threading.Thread(target=run, daemon=True).start()
    if not done.wait(seconds):
        raise TimeoutError
    for error in failed:
        raise error


def _told(error: Exception) -> MailError:
    """An exception as a trouble. The library tells a reply that did not come in time as a connection that was closed."""
    cause = (
        error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError) else error
    )
    trouble = next((trouble for kind, trouble in TROUBLES if isinstance(cause, kind)), Trouble.BROKE_OFF)
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailError(trouble, error.verify_message)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailError(trouble, for_good=True)
    code, said = _reply(error)
    if code == 421:
        return MailError(Trouble.BROKE_OFF, _words(code, said))
    return MailError(trouble, _words(code, said), for_good=500 <= code < 600)


def _reply(error: Exception) -> tuple[int, Any]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()), (0, b""))
    return (error.smtp_code, error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else (0, b"")


def _words(code: int, said: Any) -> str:
    """A server's answer, as far as it is words."""
    if not code:
        return ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return "".join(one for one in f"{code} {' '.join(text.split())}" if one.isprintable())[:LONGEST_REPLY]
