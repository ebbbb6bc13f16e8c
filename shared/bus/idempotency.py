"""A write repeated under the same key gets the first answer; the key lives beside the effect, in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from shared.bus.tables import IdempotencyKey
from shared.db.quick import Quick, QuickInsert
from shared.errors import Invalid

# Every write runs these two: constants, and past the session's machinery.
_keys: Any = IdempotencyKey.__table__
GIVEN = Quick(
    select(_keys.c.method, _keys.c.body_hash, _keys.c.status, _keys.c.answer).where(
        _keys.c.user_id == bindparam("user_id"), _keys.c.key == bindparam("key")
    )
)
KEEP = QuickInsert(_keys)


@dataclass(frozen=True)
class Repeat:
    """A write as it may be repeated: who, under which key, with which method and arguments."""

    user_id: str
    key: str
    method: str
    body_hash: str

    @classmethod
    def of(cls, user_id: str | None, key: str, method: str, kwargs: dict[str, Any]) -> Repeat:
        """The repeat for a call's arguments."""
        digest = hashlib.sha256(orjson.dumps(kwargs, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return cls(user_id or "system", key, method, digest)

    def answer(self, db: Session) -> dict[str, Any] | None:
        """The answer given before, or None. Raises Invalid when the key was used for something else."""
        row = GIVEN.first(db, user_id=self.user_id, key=self.key)
        if row is None:
            return None
        method, body_hash, status, answer = row
        if (method, body_hash) != (self.method, self.body_hash):
            raise Invalid("idempotency_key_reused")
        return {"status": status, "body": orjson.loads(answer), "replayed": True}

    def remember(self, db: Session, answer: dict[str, Any], now: datetime) -> None:
        """Keep the answer; a second writer of the same key fails on the primary key and is rolled back."""
        kept = {
            "user_id": self.user_id, "key": self.key, "method": self.method, "body_hash": self.body_hash,
            "status": answer["status"], "answer": orjson.dumps(answer["body"]).decode(), "created_at": now,
        }  # fmt: skip
        KEEP.add(db, kept)
