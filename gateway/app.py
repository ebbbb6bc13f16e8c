"""The Flask application; the only place it is assembled."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from gateway import auth, dispatch, limits, oidc, operations, problems, streams, web
from gateway.desk import Desk
from gateway.routes import ROUTES
from gateway.table import importers
from shared.bus.client import RpcClient
from shared.db.engine import Database, database
from shared.files import file_store
from shared.settings import Settings


class _Matched(Rule):
    """A rule that requests are matched with. Nobody has an address made from one, and getting ready for that takes longer than all else here."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: Rule, **values: object) -> tuple[str, str]:
            raise NotImplementedError(f"{rule.rule}: addresses are not made from rules")

        return build


def create_app(settings: Settings, *, client: RpcClient | None = None, db: Database | None = None) -> Flask:
    """The gateway for these settings; tests hand in a client and a database of their own."""
    app = Flask("gateway", static_folder=None)
    app.url_rule_class = _Matched
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
    limits.install(app, settings)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    return app
