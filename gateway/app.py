"""The Flask application; the only place it is assembled."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway import auth, dispatch, oidc, operations, problems, streams, web
from gateway.desk import Desk
from gateway.routes import ROUTES
from gateway.table import importers
from shared.bus.client import RpcClient
from shared.db.engine import Database, database
from shared.errors import TooManyRequests
from shared.files import file_store
from shared.settings import Settings


def create_app(settings: Settings, *, client: RpcClient | None = None, db: Database | None = None) -> Flask:
    """The gateway for these settings; tests hand in a client and a database of their own."""
    app = Flask("gateway", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    identity = db or database("identity", settings)
    bus = client or RpcClient(settings.amqp_url, timeout=settings.rpc_timeout_seconds)
    door = auth.Auth(settings, identity)
    problems.install(app)
    operations.install(app)
    app.register_blueprint(auth.blueprint(door))
    app.register_blueprint(oidc.blueprint(app, door))
    app.register_blueprint(operations.blueprint(identity, bus))
    dispatch.install(app, ROUTES, Desk(door, bus, file_store(settings), settings, importers(ROUTES)))
    app.register_blueprint(streams.blueprint(app, streams.Streams(door, bus, settings.amqp_url)))
    app.register_blueprint(web.blueprint(settings.web_dir))
    _limit(app, settings)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    return app


def _limit(app: Flask, settings: Settings) -> None:
    limiter = Limiter(_who, app=app, storage_uri=settings.rate_limit_storage, default_limits=[settings.rate_limit], headers_enabled=False)
    by_address = limiter.limit(settings.login_rate_limit, key_func=get_remote_address)
    app.view_functions["auth.login"] = by_address(app.view_functions["auth.login"])  # type: ignore[assignment]
    for view in ("operations.healthz", "operations.readyz", "operations.metrics", "web.page"):
        limiter.exempt(app.view_functions[view])

    @app.errorhandler(RateLimitExceeded)
    def _too_many(error: RateLimitExceeded) -> Response:
        return problems.refuse_error(TooManyRequests(seconds=1))


def _who() -> str:
    """Limits are per token where there is one, so that an office behind one address is not one caller."""
    return request.headers.get("Authorization", "")[-64:] or get_remote_address()
