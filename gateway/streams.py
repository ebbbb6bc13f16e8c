"""Server-sent events: an open screen is told which modules to read again (decision 0065).

A stream lasts as long as its session and its access token, and is asked for anew. It tells names of modules only; whoever missed something
(a stream that begins, a broker that was away) reads everything that is shown once more, so nothing has to be kept.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping

import structlog
from flask import Blueprint, Flask, Response, stream_with_context
from prometheus_client import Gauge

from gateway.auth import Auth
from gateway.desk import query, refuse_query
from gateway.live import EVENTS, EVERYTHING, News, may_read, news_of
from gateway.problems import request_id
from gateway.queries import TOKEN_CHANNEL, holder
from shared.bus.client import RpcClient
from shared.bus.listener import Listener
from shared.caller import Caller
from shared.contracts.base import Event
from shared.contracts.pool import PoolSettingsChanged
from shared.errors import AppError, Forbidden, TooManyRequests, Unauthenticated

log = structlog.get_logger(__name__)

OPEN = Gauge("highseas_streams", "Open streams of events", multiprocess_mode="livesum")
BEAT_SECONDS = 10.0
"""How often a stream that has nothing to tell shows that it lives, and looks whether its session does."""
SETTLE_SECONDS = 1.0
"""After an event: the services whose lists show it hear of it at the same time, and what comes with it is told together."""
MOST = 500
MOST_OF_ONE = 20
RETRY_SECONDS = 30
DESCRIBED = {
    "operationId": "stream_events", "tags": ["events"], "x-permission": "anyone",
    "summary": 'Server-sent events: a "changed" names the modules to read again, data: ["customers", "orders"], or "*" for all',
}  # fmt: skip
"""What the OpenAPI document says of it."""


class Stream:
    """One screen that listens. `caller` and `levels` decide what it is told."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.levels: Mapping[str, str] | None = None
        self.is_over = False
        self._changed: set[str] = set()
        self._wake = threading.Event()

    def tell(self, modules: set[str]) -> None:
        """These modules are to be read again."""
        if modules:
            self._changed |= modules
            self._wake.set()

    def end(self) -> None:
        """Tell no more."""
        self.is_over = True
        self._wake.set()

    def wait(self) -> set[str]:
        """The modules to read again, as soon as there are any; none after a while."""
        if self._wake.wait(BEAT_SECONDS) and not self.is_over:
            time.sleep(SETTLE_SECONDS)
        self._wake.clear()
        changed, self._changed = self._changed, set()
        return changed


class Streams:
    """The streams of one gateway process. It listens on the bus from the first one on."""

    def __init__(self, auth: Auth, client: RpcClient, amqp_url: str) -> None:
        self._auth, self._client = auth, client
        self._listener = Listener(amqp_url, EVENTS, self.hear, self.tell_all)
        self._open: list[Stream] = []
        self._ended = False

    def view(self) -> Response:
        """Which modules to read again, as it comes. Raises Forbidden for API tokens; TooManyRequests when too many are open."""
        caller, _ = self._auth.caller()
        refuse_query(query())
        if caller.channel == TOKEN_CHANNEL:
            raise Forbidden("not_by_api_token")
        stream = self._begin(caller)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = Response(stream_with_context(self._lines(stream)), content_type="text/event-stream", headers=headers)
        # Also where the other side left before the first line.
        response.call_on_close(lambda: self._forget(stream))
        return response

    def hear(self, event: Event) -> None:
        """An event passes on the bus."""
        if isinstance(event, PoolSettingsChanged):
            for stream in list(self._open):
                stream.levels = None
                stream.tell({"pools"} if may_read(stream.caller, "pools") else set())
            return
        news = self._news_of(event) if self._open else None
        for stream in list(self._open) if news else ():
            assert news is not None
            stream.tell(news.concerns(stream.caller, stream.levels or {}))

    def tell_all(self) -> None:
        """Something may have been missed: whatever is shown is to be read again."""
        for stream in list(self._open):
            stream.tell({EVERYTHING})

    def end_all(self) -> None:
        """The process is about to stop: let every stream end, so that the screens find another."""
        self._ended = True
        for stream in list(self._open):
            stream.end()
        self._listener.should_stop = True

    def _begin(self, caller: Caller) -> Stream:
        if self._ended or len(self._open) >= MOST:
            raise TooManyRequests(seconds=RETRY_SECONDS)
        mine = [stream for stream in self._open if stream.caller.user_id == caller.user_id]
        if len(mine) >= MOST_OF_ONE:
            mine[0].end()
        self._listener.start()
        stream = Stream(caller)
        self._open.append(stream)
        OPEN.inc()
        return stream

    def _lines(self, stream: Stream) -> Iterator[str]:
        try:
            self._know(stream)
            yield ": begins\n\n"
            while not stream.is_over:
                changed = stream.wait()
                self._know(stream)
                told = [module for module in sorted(changed) if module == EVERYTHING or may_read(stream.caller, module)]
                yield f"event: changed\ndata: {json.dumps(told)}\n\n" if told else ": lives\n\n"
        except Unauthenticated:
            yield "event: ended\ndata: []\n\n"

    def _forget(self, stream: Stream) -> None:
        if stream in self._open:
            self._open.remove(stream)
            OPEN.dec()

    def _know(self, stream: Stream) -> None:
        """Look again who listens and what they are to the pools. Raises Unauthenticated when the session or the token is over."""
        stream.caller, header = self._auth.caller()
        if stream.levels is None:
            stream.levels = self._levels(stream.caller, header)

    def _levels(self, caller: Caller, header: str) -> dict[str, str] | None:
        if not may_read(caller, "pool-customers"):
            return {}
        try:
            reply = self._client.call("pool.pool_summary", {}, {"caller": header, "request_id": request_id()})
        except AppError:
            # Asked again at the next beat.
            return None
        return {pool["id"]: pool["level"] for pool in reply["body"]["pools"]} if reply["status"] == 200 else None

    def _news_of(self, event: Event) -> News | None:
        try:
            with self._auth.database.transaction(read=True) as db:
                return news_of(event, lambda user_id: holder(db, user_id))
        except Exception:
            # A screen that is late is no reason to hear nothing more.
            log.exception("event_not_shown", event_name=event.wire_name())
            return None


def blueprint(app: Flask, streams: Streams) -> Blueprint:
    """The route of the stream; `app.extensions["streams"]` is for the worker that stops."""
    app.extensions["streams"] = streams
    routes = Blueprint("streams", __name__)
    routes.add_url_rule("/api/v1/events/stream", view_func=streams.view, endpoint="stream", methods=["GET"])
    return routes
