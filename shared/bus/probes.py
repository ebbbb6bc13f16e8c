"""A service's answers to whoever watches over its process: whether it lives, whether it takes work, its figures.

They come from the loop that does the work. While that stands still nobody answers, and the silence is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import eventlet.wsgi
from prometheus_client import make_wsgi_app

SLOW_CLIENT_SECONDS = 5


def serve(host: str, port: int, is_ready: Callable[[], bool]) -> None:
    """Answer /healthz, /readyz and /metrics until the process ends. Raises OSError when the address cannot be had."""
    listening = eventlet.listen((host, port))
    eventlet.spawn(eventlet.wsgi.server, listening, answers(is_ready), log_output=False, socket_timeout=SLOW_CLIENT_SECONDS)


def answers(is_ready: Callable[[], bool]) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The WSGI application."""
    figures: Callable[[dict[str, Any], Any], Iterable[bytes]] = make_wsgi_app()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                return figures(environ, start_response)
            case "/healthz":
                status, body = "200 OK", b"alive\n"
            case "/readyz":
                status, body = ("200 OK", b"ready\n") if is_ready() else ("503 Service Unavailable", b"waiting\n")
            case _:
                status, body = "404 Not Found", b"not here\n"
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return answer
