"""Health, readiness, metrics, and the published contracts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import resources

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.figures import BusFigures, ask_all
from gateway.problems import answer, request_id
from shared.bus.client import RpcClient
from shared.db.engine import Database

REQUESTS = Counter("highseas_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "highseas_http_request_seconds", "Time a request took", ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)  # fmt: skip

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "Cache-Control": "no-store",
}


def blueprint(database: Database, client: RpcClient) -> Blueprint:
    """The routes that need no log-in."""
    routes = Blueprint("operations", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        """The process answers."""
        return answer({"status": "alive"})

    @routes.get("/readyz")
    def readyz() -> Response:
        """The database, the broker and every service answer."""
        parts = {"identity-database": _try(database.ping)}
        parts |= {service: "ready" if body else "waiting" for service, body in ask_all(client, "ping").items()}
        ready = all(state == "ready" for state in parts.values())
        response = answer({"status": "ready" if ready else "waiting", "parts": parts}, 200 if ready else 503)
        if not ready:
            response.headers["Retry-After"] = "1"
        return response

    @routes.get("/metrics")
    def metrics() -> Response:
        """Prometheus figures of all processes that share the folder of figures, and of what waits in every service."""
        registry = CollectorRegistry()
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry.register(REGISTRY)
        registry.register(BusFigures(client))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    routes.add_url_rule("/api/v1/openapi.json", view_func=lambda: _file("openapi.json"), endpoint="openapi")
    routes.add_url_rule("/api/v1/asyncapi.json", view_func=lambda: _file("asyncapi.json"), endpoint="asyncapi")
    routes.add_url_rule("/api/docs", view_func=lambda: _file("docs.html", "text/html; charset=utf-8"), endpoint="docs")
    return routes


def install(app: Flask) -> None:
    """Measure every request and send the security headers and the request id with every answer."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        response.headers["X-Request-Id"] = request_id()
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _file(name: str, content_type: str = "application/json") -> Response:
    return Response(resources.files("gateway").joinpath("published", name).read_bytes(), content_type=content_type)


def _try(work: Callable[[], None]) -> str:
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return "ready"
