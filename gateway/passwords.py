"""Password hashes: argon2id, in a real thread, so that nobody else waits for the tens of milliseconds they take."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.bus.blocking import run_blocking

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash("a password that nobody has")


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return run_blocking(_hasher.hash, password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether a password fits a hash; without one it takes just as long and says no."""
    return run_blocking(_verify, password, password_hash or _NOBODY) and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
