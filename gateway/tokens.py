"""Access tokens: short-lived JWTs signed with one pinned key and one algorithm (RFC 8725). Of others only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ALGORITHM = "HS256"
ISSUER = "highseas"
AUDIENCE = "highseas-api"
TYPE = "at+jwt"
CACHE_SIZE = 10_000
API_TOKEN_PREFIX = "hs_"  # noqa: S105


def hash_token(token: str) -> str:
    """What is kept of a refresh or API token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """Issues access tokens and reads them back. What was verified once is remembered until it expires."""

    def __init__(self, key: str, *, seconds: int) -> None:
        self.seconds = seconds
        self._secret = key.encode()
        self._key = OctKey.import_key(key)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True}, sid={"essential": True}, leeway=5,
        )  # fmt: skip
        self._verified: dict[str, tuple[str, float]] = {}

    def issue(self, session_id: str, user_id: str) -> str:
        """An access token for a session."""
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "sid": session_id, "iat": now, "nbf": now, "exp": now + self.seconds,
        }  # fmt: skip
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, algorithms=[ALGORITHM])

    def proof_of(self, body: dict[str, Any]) -> str:
        """What tells whether two bodies are the same, and tells nobody without our key what stands in them (a password)."""
        return hmac.new(self._secret, b"body\0" + orjson.dumps(body, option=orjson.OPT_SORT_KEYS), "sha256").hexdigest()

    def session_of(self, token: str) -> str | None:
        """The session a token belongs to; None when it is forged, expired or not ours."""
        known = self._verified.get(token)
        if known:
            return known[0] if known[1] > time.time() else None
        if len(token) > 4000:
            return None
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            return None
        if decoded.header.get("typ") != TYPE or not isinstance(decoded.claims["sid"], str):
            return None
        if len(self._verified) >= CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = (decoded.claims["sid"], float(decoded.claims["exp"]))
        return str(decoded.claims["sid"])
