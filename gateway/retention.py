"""What identity forgets of log-ins: refresh tokens exchanged long ago, and sessions that are long over."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, func, select

from gateway.models import LoginSession, RefreshToken
from shared.bus import Call

BATCH = 500
PAUSE_SECONDS = 0.05
"""Between two batches, so that requests come first."""
WITHOUT_OBJECTS = {"synchronize_session": False}


def forget_log_ins(call: Call) -> None:
    """Delete what is older than events are kept, and never what could still be exchanged. For a timer without a transaction.

    A used token is how a replay is known; once it is older than a session lives unused, it would be refused anyway.
    """
    old = call.now - timedelta(days=max(call.settings.keep_events_days, call.settings.refresh_token_days))
    while call.write(partial(_forget_tokens, old=old)):
        time.sleep(PAUSE_SECONDS)
    after: str | None = ""
    while after is not None:
        after = call.write(partial(_forget_sessions, old=old, after=after))
        time.sleep(PAUSE_SECONDS)


def _forget_tokens(call: Call, *, old: datetime) -> bool:
    """Delete a batch of used tokens; True when there may be more."""
    oldest = select(RefreshToken.token_hash).where(RefreshToken.used_at < old).order_by(RefreshToken.used_at).limit(BATCH)
    gone = call.db.execute(delete(RefreshToken).where(RefreshToken.token_hash.in_(oldest)), execution_options=WITHOUT_OBJECTS)
    return bool(gone.rowcount == BATCH)  # type: ignore[attr-defined]


def _forget_sessions(call: Call, *, old: datetime, after: str) -> str | None:
    """Delete a batch of sessions behind the id `after`, oldest first; gives the id to go on behind, None at the first young one."""
    over = func.coalesce(LoginSession.ended_at, LoginSession.expires_at)
    begun = select(LoginSession.id, LoginSession.started_at, over).where(LoginSession.id > after).order_by(LoginSession.id).limit(BATCH)
    aged = [row for row in call.db.execute(begun).all() if row[1] < old]
    gone = [session_id for session_id, _, ended in aged if ended < old]
    if gone:
        call.db.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(gone)), execution_options=WITHOUT_OBJECTS)
        call.db.execute(delete(LoginSession).where(LoginSession.id.in_(gone)), execution_options=WITHOUT_OBJECTS)
    return aged[-1][0] if len(aged) == BATCH else None
