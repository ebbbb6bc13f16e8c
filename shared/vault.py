"""Secrets that must be read again (unlike passwords) are sealed with a key from outside the database: the installation's one key."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.errors import Internal
from shared.settings import Settings

ALGORITHMS = ["dir", "A256GCM"]


def token_key(configured: str, data_dir: Path) -> str:
    """The installation's key: from the settings, or made once and kept in the data folder, readable by its owner only."""
    if configured:
        return configured
    file = data_dir / "token.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Several processes start at once: the file is there only when it is whole, and the first one stays.
        with tempfile.NamedTemporaryFile("w", dir=data_dir, prefix=".token-") as made:
            made.write(secrets.token_urlsafe(48))
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):
                os.link(made.name, file)
    return file.read_text()


class Vault:
    """Seals short texts (AES-256-GCM). A sealed text opens only for the purpose it was sealed for ("totp:<user id>")."""

    def __init__(self, key: str) -> None:
        self._key = OctKey.import_key(hashlib.sha256(b"highseas vault\0" + key.encode()).digest())

    def seal(self, text: str, purpose: str) -> str:
        """The sealed form, safe to store."""
        return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "kid": purpose}, text.encode(), self._key, algorithms=ALGORITHMS)

    def open(self, sealed: str, purpose: str) -> str:
        """What was sealed. Raises Internal when it was tampered with, moved, or sealed with another key."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise Internal("secret_unreadable") from error
        if opened.headers().get("kid") != purpose or opened.plaintext is None:
            raise Internal("secret_unreadable")
        return opened.plaintext.decode()


def vault_of(settings: Settings) -> Vault:
    """The vault of this installation; its key is made from the one that signs tokens."""
    return Vault(token_key(settings.token_key, settings.data_dir))
