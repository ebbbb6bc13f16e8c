"""The audit log, written: log-ins, failures, changes of rights and settings, exports, impersonation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gateway.models import AuditEntry
from shared.caller import Caller
from shared.db import new_id


def audit(db: Session, action: str, user_id: str | None, now: datetime, /, **detail: Any) -> AuditEntry:
    """Write a line; where the session works for somebody who acts in another's place, it names them too."""
    caller: Caller | None = db.info.get("caller")
    by = caller.impersonated_by if caller else None
    line = AuditEntry(id=new_id(), at=now, user_id=user_id, action=action, detail=detail, impersonated_by=by)
    db.add(line)
    return line
