"""The second factor of a log-in: time-based codes (RFC 6238, 30 seconds, 6 digits) and recovery codes."""

from __future__ import annotations

import hashlib
import io
import secrets
from datetime import datetime
from typing import Any

import pyotp
import segno
from sqlalchemy.orm import Session

from gateway.models import TwoFactor, User
from shared.errors import Conflict, Invalid
from shared.vault import Vault

STEP_SECONDS = 30
RECOVERY_CODES = 8
ISSUER = "Highseas CRM"


def is_needed(db: Session, user_id: str) -> bool:
    """Whether a user must give a code to log in."""
    row = db.get(TwoFactor, user_id)
    return row is not None and row.confirmed_at is not None


def start(db: Session, vault: Vault, user: User) -> dict[str, Any]:
    """Make a secret for a user, to be confirmed with a first code; gives {"secret", "uri", "qr_code"} (SVG)."""
    row = db.get(TwoFactor, user.id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict("two_factor_is_on")
    secret = pyotp.random_base32()
    db.merge(
        TwoFactor(user_id=user.id, sealed_secret=vault.seal(secret, _purpose(user.id)), confirmed_at=None, last_step=0, recovery_hashes=[])
    )
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    picture = io.BytesIO()
    segno.make(uri, micro=False).save(picture, kind="svg", scale=5, xmldecl=False)
    return {"secret": secret, "uri": uri, "qr_code": picture.getvalue().decode()}


def confirm(db: Session, vault: Vault, user_id: str, code: str, now: datetime) -> list[str]:
    """Switch it on with a first right code; gives the recovery codes, each good once. Raises Conflict, Invalid."""
    row = db.get(TwoFactor, user_id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        raise Conflict("two_factor_not_started")
    if not _is_right(row, vault, code, now):
        raise Invalid.field("code", "wrong_otp")
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    row.confirmed_at, row.recovery_hashes = now, [_hash(one) for one in codes]
    return codes


def check(db: Session, vault: Vault, user_id: str, code: str, now: datetime) -> bool:
    """Whether a code is right now; a right one is used up, a time-based as well as a recovery code."""
    row = db.get(TwoFactor, user_id, with_for_update=True)
    if row is None:
        return False
    if _is_right(row, vault, code, now):
        return True
    digest = _hash(code.strip().lower())
    if digest not in row.recovery_hashes:
        return False
    row.recovery_hashes = [one for one in row.recovery_hashes if one != digest]
    return True


def switch_off(db: Session, user_id: str) -> None:
    """Take the second factor away. Raises Conflict when there is none."""
    row = db.get(TwoFactor, user_id, with_for_update=True)
    if row is None:
        raise Conflict("two_factor_is_off")
    db.delete(row)


def _is_right(row: TwoFactor, vault: Vault, code: str, now: datetime) -> bool:
    """One step before or after counts for clocks that differ; a step is never good twice (RFC 6238, 5.2)."""
    totp = pyotp.TOTP(vault.open(row.sealed_secret, _purpose(row.user_id)))
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present - 1, present, present + 1):
        if step > row.last_step and secrets.compare_digest(totp.at(step * STEP_SECONDS), code.strip()):
            row.last_step = step
            return True
    return False


def _purpose(user_id: str) -> str:
    return f"totp:{user_id}"


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
