"""Who is calling: log in, refresh, log out, and the caller behind a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from flask import Blueprint, Response, g, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gateway import actions, queries, schemas, sessions, two_factor
from gateway.body import given_key, json_body, loaded
from gateway.models import LoginSession, User
from gateway.passwords import verify_password
from gateway.problems import answer
from gateway.rules import REFRESH_GRACE
from gateway.tokens import API_TOKEN_PREFIX, CACHE_SIZE, Tokens, hash_token
from shared import clock, trail
from shared.bus.idempotency import Repeat
from shared.caller import Caller
from shared.db.engine import Database
from shared.errors import Forbidden, Unauthenticated
from shared.settings import Settings
from shared.vault import token_key, vault_of

R = TypeVar("R", bound=AnyResponse)
T = TypeVar("T")
USE_NOTED_EVERY = timedelta(minutes=1)
BEARER = "Bearer "
COOKIE = "highseas_refresh"
COOKIE_PATH = "/api/v1/auth"


class Known(NamedTuple):
    """A caller, their header for the bus, and until when both are good (None: while the revision stands)."""

    caller: Caller
    header: str
    until: datetime | None = None


class Auth:
    """Everything a gateway worker knows of who may come in.

    A caller is cached per session or API token as long as the identity revision stands: each request reads one number, so a
    revoked session or a changed role counts at once.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.tokens = Tokens(token_key(settings.token_key, settings.data_dir), seconds=settings.access_token_seconds)
        self.vault = vault_of(settings)
        self._callers: dict[str, tuple[int, Known]] = {}
        self._uses: dict[str, datetime] = {}

    def caller(self) -> tuple[Caller, str]:
        """The caller of this request and their header for the bus. Raises Unauthenticated."""
        token = _bearer()
        g.token_hash = hash_token(token) if token.startswith(API_TOKEN_PREFIX) else None
        if g.token_hash:
            found = self._by_api_token(g.token_hash)
        else:
            g.session_id = self.tokens.session_of(token)
            if g.session_id is None:
                raise Unauthenticated()
            found = self._known(g.session_id, self._by_session)
        g.caller = found.caller
        return found.caller, found.header

    def _by_api_token(self, token_hash: str) -> Known:
        found = self._known(token_hash, self._by_token)
        now = clock.now()
        if found.until is not None and found.until <= now:
            raise Unauthenticated()
        if now - self._uses.get(token_hash, now - USE_NOTED_EVERY) >= USE_NOTED_EVERY:
            self._uses[token_hash] = now
            with self.database.transaction() as db:
                actions.note_token_use(db, token_hash, now)
        return found

    def _known(self, key: str, look_up: Callable[[Session, str], Known | None]) -> Known:
        revision = queries.revision(self.database)
        as_of, found = self._callers.get(key, (revision, None))
        if found is None or as_of != revision:
            with self.database.transaction(read=True) as db:
                found = look_up(db, key)
            if found is None:
                raise Unauthenticated()
            if len(self._callers) >= CACHE_SIZE:
                self._callers.clear()
            self._callers[key] = (revision, found)
        return found

    def _by_session(self, db: Session, session_id: str) -> Known | None:
        caller = queries.caller_of(db, session_id)
        return Known(caller, caller.to_header()) if caller else None

    def _by_token(self, db: Session, token_hash: str) -> Known | None:
        found = queries.caller_of_token(db, token_hash)
        return Known(found[0], found[0].to_header(), found[1]) if found else None

    def login(self) -> Response:
        """Log in with a name or e-mail and a password. Sent again under its key it opens no second session (decision 0068)."""
        data, key = loaded(schemas.LoginInput), given_key()
        now, username = clock.now(), data["username"]
        # An office shares one address: only the name is locked.
        key_of_name = f"name:{username.casefold()[:190]}"
        with self.database.transaction() as db:
            actions.check_lock(db, key_of_name, now)
            user = queries.user_by_login(db, username)
        right = verify_password(data["password"], user.password_hash if user and user.is_active else None)
        if user is None or not right:
            self._settled(lambda db: actions.note_failure(db, key_of_name, username, now))
            raise Unauthenticated("wrong_login")
        repeat = Repeat.of(user.id, key, "log_in", {"proof": self.vault.proof_of(data)}) if key else None
        began = self.database.run(partial(self._begun, repeat=repeat), read=True)
        if began is None or began.started_at + REFRESH_GRACE <= now:
            self._check_second_factor(user, data.get("otp"), key_of_name)
        with self.database.transaction() as db:
            actions.forget_failures(db, key_of_name)
        session_id, refresh = self._settled(partial(self._enter, user=user, repeat=repeat))
        return self.remember(_marked(answer(self._tokens(session_id, refresh, user)), replayed=began is not None), refresh)

    def refresh(self) -> Response:
        """Exchange a refresh token, from the body or from the cookie, for a new pair."""
        given, key = loaded(schemas.RefreshInput, required=False).get("refresh_token"), given_key()
        token = given or request.cookies.get(COOKIE)
        if not token:
            raise Unauthenticated("refresh_refused")

        def exchange(db: Session) -> tuple[tuple[LoginSession, str] | None, User | None, bool]:
            found = sessions.refresh_session(db, token, clock.now(), days=self.settings.refresh_token_days)
            user = db.get(User, found[0].user_id) if found else None
            known = user is not None and _known_by_key(db, user.id, key, "refresh", {"token": hash_token(token)})
            return found, user, known

        found, user, known = self._settled(exchange)
        if found is None or user is None or not user.is_active:
            raise Unauthenticated("refresh_refused")
        tokens = self._tokens(found[0].id, found[1], user)
        if not given:
            # A browser's scripts never see what keeps it logged in.
            del tokens["refresh_token"]
        return self.remember(_marked(answer(tokens), replayed=known), found[1])

    def logout(self) -> Response:
        """End this session; one that is over already stays so. Who acted as somebody else is themselves again: the browser's own log-in stays."""
        token, key, body = _bearer(), given_key(), json_body(required=False)
        if token.startswith(API_TOKEN_PREFIX):
            self.caller()
            raise Forbidden("not_by_api_token")
        session_id = self.tokens.session_of(token)
        if session_id is None:
            raise Unauthenticated()

        def end(db: Session) -> tuple[LoginSession, bool]:
            session = sessions.end_session(db, session_id, clock.now())
            return session, _known_by_key(db, session.user_id, key, "log_out", body)

        session, known = self._settled(end)
        response = _marked(answer(None, 204), replayed=known)
        if session.impersonated_by is None:
            response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="Strict", secure=request.is_secure)
        return response

    def me(self) -> Response:
        """The logged-in user with permissions and scopes, whether a second factor is on, who acts in their place, and the organisation."""
        caller, _ = self.caller()
        with self.database.transaction(read=True) as db:
            user = db.get_one(User, caller.user_id)
            helper = db.get_one(User, caller.impersonated_by) if caller.impersonated_by else None
            second_factor = two_factor.is_needed(db, user.id)
            organisation = schemas.OrganisationSchema().dump(queries.organisation(db))
        return answer({
            "user": _user(user), "permissions": sorted(caller.permissions), "scopes": caller.scopes, "two_factor": second_factor,
            "impersonated_by": caller.impersonated_by, "impersonated_by_name": helper.display_name if helper else None,
            "organisation": organisation,
        })  # fmt: skip

    def _check_second_factor(self, user: User, code: str | None, key_of_name: str) -> None:
        now = clock.now()

        def passes(db: Session) -> bool:
            if not two_factor.is_needed(db, user.id) or (code and two_factor.check(db, self.vault, user.id, code, now)):
                return True
            if code:
                actions.note_failure(db, key_of_name, user.username, now)
            return False

        if not self._settled(passes):
            raise Unauthenticated("wrong_otp" if code else "otp_required")

    def _begun(self, db: Session, repeat: Repeat | None) -> LoginSession | None:
        """The session that this log-in opened the first time it came. Raises Invalid where its key is of another, Unauthenticated when it is over."""
        known = repeat.answer(db) if repeat else None
        return sessions.session_that_lasts(db, known["body"]["session_id"], clock.now()) if known else None

    def _enter(self, db: Session, user: User, repeat: Repeat | None) -> tuple[str, str]:
        """A session with a refresh token: the one this log-in opened before, or a new one."""
        if began := self._begun(db, repeat):
            return began.id, sessions.new_refresh_token(db, began.id)
        session_id, refresh = self.open_session(db, user)
        if repeat:
            repeat.remember(db, {"status": 200, "body": {"session_id": session_id}}, clock.now())
        return session_id, refresh

    def _settled(self, work: Callable[[Session], T]) -> T:
        """The result of a write. Where another one of the same key or name was quicker, this one comes after it."""
        try:
            return self.database.run(work)
        except IntegrityError:
            return self.database.run(work)

    def open_session(self, db: Session, user: User) -> tuple[str, str]:
        """Open a session for somebody who proved who they are; gives its id and refresh token."""
        trail.begin(db, Caller(user_id=user.id), clock.now())
        return sessions.start_session(
            db, user, clock.now(), days=self.settings.refresh_token_days, address=request.remote_addr or "",
            agent=request.headers.get("User-Agent", ""),
        )  # fmt: skip

    def remember(self, response: R, refresh: str) -> R:
        """Give the browser its refresh token as a cookie that scripts cannot read."""
        response.set_cookie(
            COOKIE, refresh, max_age=self.settings.refresh_token_days * 86400, path=COOKIE_PATH, httponly=True, samesite="Strict",
            secure=request.is_secure,
        )  # fmt: skip
        return response

    def _tokens(self, session_id: str, refresh: str, user: User) -> dict[str, Any]:
        return {
            "access_token": self.tokens.issue(session_id, user.id), "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": self.tokens.seconds, "user": _user(user),
        }  # fmt: skip


def blueprint(auth: Auth) -> Blueprint:
    """The routes of /api/v1/auth."""
    routes = Blueprint("auth", __name__, url_prefix="/api/v1/auth")
    routes.add_url_rule("/login", view_func=auth.login, methods=["POST"])
    routes.add_url_rule("/refresh", view_func=auth.refresh, methods=["POST"])
    routes.add_url_rule("/logout", view_func=auth.logout, methods=["POST"])
    routes.add_url_rule("/me", view_func=auth.me, methods=["GET"])
    return routes


def _bearer() -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER) if header.startswith(BEARER) else ""


def _known_by_key(db: Session, user_id: str, key: str | None, method: str, body: dict[str, Any]) -> bool:
    """Whether a request came before under its key; it is remembered for the next time. Raises Invalid where the key is of another."""
    repeat = Repeat.of(user_id, key, method, body) if key else None
    if repeat is None or repeat.answer(db):
        return repeat is not None
    repeat.remember(db, {"status": 200, "body": None}, clock.now())
    return False


def _marked(response: Response, *, replayed: bool) -> Response:
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "username": user.username, "display_name": user.display_name, "email": user.email,
        "remind_by_mail": user.remind_by_mail, "roles": user.roles,
        "language": user.language, "department_id": user.department_id, "manager_id": user.manager_id,
    }  # fmt: skip
