"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce, as authlib runs it.

Nobody is added by it: whoever signs on must be a user already, known by an earlier sign-on or by a verified e-mail address.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, redirect, request, session
from joserfc.errors import JoseError

from gateway import actions, queries
from gateway.audit import audit
from gateway.auth import Auth
from gateway.problems import answer
from shared import clock
from shared.vault import token_key

log = structlog.get_logger(__name__)

PROVIDER_SECONDS = 5
PREFIX = "/api/v1/auth/oidc"


class SignOnRefused(Exception):
    """The sign-on did not end well; the text is a code the log-in page explains."""


class SingleSignOn:
    """The two addresses of a sign-on: `login` sends the browser to the provider, `callback` takes it back."""

    def __init__(self, app: Flask, auth: Auth) -> None:
        self.settings, self.auth = auth.settings, auth
        key = token_key(self.settings.token_key, self.settings.data_dir)
        app.secret_key = hashlib.sha256(b"highseas sign-on\0" + key.encode()).digest()
        app.config.update(
            SESSION_COOKIE_NAME="highseas_sign_on", SESSION_COOKIE_PATH=PREFIX, SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self.settings.public_url.startswith("https:"),
        )  # fmt: skip
        self._provider = OAuth(app).register(
            "provider",
            server_metadata_url=f"{self.settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=self.settings.oidc_client_id,
            client_secret=self.settings.oidc_client_secret,
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "default_timeout": PROVIDER_SECONDS},
        )

    def login(self) -> Any:
        """Send the browser to the provider. `next` is the page of ours to come back to."""
        session["next"] = _own_page(request.args.get("next", "/"))
        base = self.settings.public_url.rstrip("/") or request.host_url.rstrip("/")
        try:
            return self._provider.authorize_redirect(f"{base}{PREFIX}/callback")
        except requests.RequestException as error:
            log.warning("sign_on_provider_unreachable", error=type(error).__name__)
            return _back_to_login("sso_unavailable")

    def callback(self) -> Any:
        """Take the browser back from the provider and log its user in."""
        page = session.pop("next", "/")
        try:
            issuer, subject, email = self._who()
            refresh = self._enter(issuer, subject, email)
        except SignOnRefused as refused:
            return _back_to_login(str(refused))
        except (AuthlibBaseError, JoseError, requests.RequestException, RuntimeError) as error:
            log.warning("sign_on_failed", error=f"{type(error).__name__}: {error}"[:200])
            return _back_to_login("sso_failed")
        return self.auth.remember(redirect(page), refresh)

    def _who(self) -> tuple[str, str, str | None]:
        """Issuer, subject and verified e-mail of who signed on. Raises SignOnRefused, AuthlibBaseError, JoseError, RequestException."""
        issuer = self._provider.load_server_metadata()["issuer"]
        named = request.args.get("iss", issuer)
        if issuer.rstrip("/") != self.settings.oidc_issuer.rstrip("/") or named != issuer:
            raise SignOnRefused("sso_failed")
        token = self._provider.authorize_access_token()
        claims = token["userinfo"]
        told = self._provider.userinfo(token=token)
        if told.get("sub") != claims["sub"]:
            raise SignOnRefused("sso_failed")
        facts = {**told, **claims}
        return issuer, str(claims["sub"]), facts.get("email") if facts.get("email_verified") is True else None

    def _enter(self, issuer: str, subject: str, email: str | None) -> str:
        with self.auth.database.transaction() as db:
            user = queries.user_by_sign_on(db, issuer, subject)
            if user is None and email:
                user = queries.user_by_email(db, email)
                if user is not None:
                    actions.link_sign_on(db, user, issuer, subject, clock.now())
            if user is None or not user.is_active:
                audit(db, "sign_on_refused", None, clock.now(), subject=subject[:200], email=email)
            else:
                return self.auth.open_session(db, user)[1]
        raise SignOnRefused("sso_unknown_user")


def blueprint(app: Flask, auth: Auth) -> Blueprint:
    """The routes of single sign-on, and what the log-in page may offer."""
    routes = Blueprint("oidc", __name__, url_prefix="/api/v1/auth")
    name = auth.settings.oidc_name if auth.settings.oidc_issuer else None
    routes.add_url_rule("/options", endpoint="options", view_func=lambda: answer({"single_sign_on": name}))
    if auth.settings.oidc_issuer:
        sign_on = SingleSignOn(app, auth)
        routes.add_url_rule("/oidc/login", view_func=sign_on.login)
        routes.add_url_rule("/oidc/callback", view_func=sign_on.callback)
    return routes


def _own_page(wanted: str) -> str:
    """Only a path of ours, so that nobody is led elsewhere."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain else "/"


def _back_to_login(code: str) -> Any:
    return redirect(f"/login?{urlencode({'error': code})}")
