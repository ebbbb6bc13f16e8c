"""Log-ins and their ends, and impersonation: a session in which an administrator acts as somebody else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gateway import queries, rules
from gateway.audit import audit
from gateway.models import LoginSession, RefreshToken, User
from gateway.tokens import Tokens, hash_token
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.identity import UserImpersonated
from shared.db import existing, new_id
from shared.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shared.vault import token_key


def start_session(db: Session, user: User, now: datetime, *, days: int, address: str, agent: str) -> tuple[str, str]:
    """Open a session for somebody who proved who they are; gives its id and refresh token."""
    session = LoginSession(
        id=new_id(), user_id=user.id, started_at=now, expires_at=now + timedelta(days=days), address=address[:60], agent=agent[:200]
    )
    db.add(session)
    db.flush()
    audit(db, "login", user.id, now, session=session.id, address=address)
    return session.id, new_refresh_token(db, session.id)


def session_that_lasts(db: Session, session_id: str, now: datetime) -> LoginSession:
    """A session that was opened before and is not over. Raises Unauthenticated."""
    session = db.get(LoginSession, session_id)
    if session is None or session.ended_at or session.expires_at <= now:
        raise Unauthenticated()
    return session


def refresh_session(db: Session, token: str, now: datetime, *, days: int) -> tuple[LoginSession, str] | None:
    """Exchange a refresh token for the next one; None when it is no good. One used longer ago than the grace ends its whole session.

    Within the grace it is exchanged once more, for the browser whose answer was lost. What came of the first exchange has the same
    grace from then on: however many were given out, the next exchange leaves one that lasts.
    """
    row = db.get(RefreshToken, hash_token(token))
    session = db.get(LoginSession, row.session_id, with_for_update=True) if row else None
    if row is None or session is None or session.ended_at or session.expires_at <= now:
        return None
    # The session is locked from here on: who exchanged this token at the same time is done.
    db.refresh(row)
    if row.used_at is None:
        unused = update(RefreshToken).where(RefreshToken.session_id == session.id, RefreshToken.used_at.is_(None))
        db.execute(unused.values(used_at=now))
    elif row.used_at + rules.REFRESH_GRACE <= now:
        _end(db, session, now, "refresh_token_replayed")
        return None
    session.expires_at = now + timedelta(days=days)
    return session, new_refresh_token(db, session.id)


def end_session(db: Session, session_id: str, now: datetime) -> LoginSession:
    """Log out, unless it is over already; an administrator who acts as this user is themselves again. Raises Unauthenticated."""
    session = db.get(LoginSession, session_id, with_for_update=True)
    if session is None:
        raise Unauthenticated()
    if not session.ended_at:
        _end(db, session, now)
    return session


def end_session_of(db: Session, session_id: str, user_id: str | None, now: datetime) -> None:
    """Log oneself out somewhere. Raises NotFound for somebody else's session."""
    session = db.get(LoginSession, session_id)
    if session is None or session.user_id != user_id or session.ended_at:
        raise NotFound()
    _end(db, session, now)


def end_sessions(db: Session, user_id: str, now: datetime) -> None:
    """End everything a user is logged in with, and what they began as others."""
    whose = or_(LoginSession.user_id == user_id, LoginSession.impersonated_by == user_id)
    for session in db.scalars(select(LoginSession).where(whose, LoginSession.ended_at.is_(None))):
        session.ended_at = now
        if session.impersonated_by:
            _tell_end(db, session, now)


def impersonate(call: Call, user: User, reason: str) -> dict[str, Any]:
    """Open a short session in which the caller acts as a user, and tell the user. Raises Conflict, Forbidden.

    The caller's other impersonations end. Nothing refreshes this session: its one access token lasts as long as it.
    """
    helper = existing(call.db, User, call.caller.user_id or "")
    _check_may_impersonate(call.caller, user)
    for other in impersonations(call.db, helper.id):
        _end(call.db, other, call.now)
    session = LoginSession(
        id=new_id(),
        user_id=user.id,
        started_at=call.now,
        expires_at=call.now + rules.IMPERSONATION,
        impersonated_by=helper.id,
        reason=reason,
    )
    call.db.add(session)
    audit(call.db, "impersonation_started", helper.id, call.now, user=user.id, session=session.id, reason=reason)
    publish(
        call.db,
        UserImpersonated(user_id=user.id, session_id=session.id, impersonated_by=helper.id, impersonated_by_name=helper.display_name, reason=reason),
    )  # fmt: skip
    seconds = int(rules.IMPERSONATION.total_seconds())
    tokens = Tokens(token_key(call.settings.token_key, call.settings.data_dir), seconds=seconds)
    return {"access_token": tokens.issue(session.id, user.id), "token_type": "Bearer", "expires_in": seconds, "session_id": session.id}


def impersonations(db: Session, helper_id: str) -> Sequence[LoginSession]:
    """The sessions that are not ended in which somebody acts as others."""
    return db.scalars(select(LoginSession).where(LoginSession.impersonated_by == helper_id, LoginSession.ended_at.is_(None))).all()


def refuse_impersonation(caller: Caller) -> None:
    """Raise Forbidden while somebody acts in the caller's place: log-ins are the person's own."""
    if caller.impersonated_by:
        raise Forbidden("not_while_impersonating")


def can_impersonate(user: User, caller: Caller) -> bool:
    """Whether the caller, if they may do it at all, may act as this user now."""
    if caller.impersonated_by or not user.is_active or user.id == caller.user_id:
        return False
    return rules.impersonation_problem(caller, queries.as_caller(user)) is None


def _check_may_impersonate(caller: Caller, user: User) -> None:
    refuse_impersonation(caller)
    if user.id == caller.user_id:
        raise Conflict("not_oneself")
    if not user.is_active:
        raise Conflict("user_is_inactive")
    problem = rules.impersonation_problem(caller, queries.as_caller(user))
    if problem:
        raise Forbidden(problem)


def _end(db: Session, session: LoginSession, now: datetime, why: str = "logout") -> None:
    session.ended_at = now
    if session.impersonated_by:
        _tell_end(db, session, now)
        return
    audit(db, why, session.user_id, now, session=session.id)
    for begun in impersonations(db, session.user_id):
        _end(db, begun, now)


def _tell_end(db: Session, session: LoginSession, now: datetime) -> None:
    audit(db, "impersonation_ended", session.impersonated_by, now, user=session.user_id, session=session.id)


def new_refresh_token(db: Session, session_id: str) -> str:
    """One more refresh token of a session; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    db.add(RefreshToken(token_hash=hash_token(token), session_id=session_id))
    return token
