"""A post office for tests: a real SMTP server that one may stop, and tell what to refuse."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.processes import free_port
from tests.certificates import sign
from tests.patience import PATIENCE_SECONDS


class PostOffice:
    """A server on "localhost". `received` are the mails it took; `refused` tells what it answers to an address instead of taking it.

    With `folder`, where its certificate is, it speaks TLS from the first byte, or, as `starttls`, when asked. With `password` everybody
    logs in. `slow_mails` seconds it thinks about each mail.
    """

    def __init__(self, *, folder: Path | None = None, starttls: bool = False, password: str | None = None) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.log_ins = 0
        self.connections = 0
        self._password = password
        self._options: dict[str, Any] = {}
        context = None
        if folder is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(folder / "server.pem", folder / "server.key")
        if password is not None:
            self._options |= {"auth_required": True, "authenticator": self._authenticate, "auth_require_tls": starttls}
        if starttls:
            self._options |= {"tls_context": context, "require_starttls": True}
        self._ssl = None if starttls else context
        self._controller: Controller | None = None

    def start(self) -> PostOffice:
        """Take mail, at the same port as before."""
        self._controller = Controller(
            self, hostname="localhost", port=self.port, ssl_context=self._ssl, server_hostname="localhost",
            ready_timeout=PATIENCE_SECONDS, **self._options,
        )  # fmt: skip
        self._controller.start()
        return self

    def stop(self) -> None:
        """Be away."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "data" in self.refused:
            return self.refused["data"]
        self.received.append(cast(EmailMessage, message_from_bytes(envelope.content or b"", policy=default)))  # type: ignore[arg-type]
        return "250 OK"

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.log_ins += 1
        right = isinstance(data, LoginPassword) and data.password == str(self._password).encode()
        return AuthResult(success=right, handled=right)


@contextmanager
def post_office(**options: Any) -> Iterator[PostOffice]:
    """A post office that is open meanwhile."""
    office = PostOffice(**options).start()
    try:
        yield office
    finally:
        office.stop()


def certified(folder: Path, monkeypatch: Any) -> Path:
    """A folder with a certificate for "localhost" that everything here trusts."""
    sign(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return folder
