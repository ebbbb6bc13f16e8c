"""Files on records: an upload goes from the request to the store, a download from the store to the browser; neither over the bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Response

from gateway.content_types import checked_type
from gateway.desk import Desk, idempotency_key, key_before, passed_on, query, refuse_query
from gateway.table import Route
from gateway.uploads import received
from shared.errors import Invalid
from shared.files import CHUNK

View = Callable[..., Response]


def upload(route: Route, desk: Desk) -> View:
    """Attach a file: reserve a place for it (the record must exist for the caller), store it, add it."""

    def view(**path: str) -> Response:
        headers = desk.enter(route)
        refuse_query(query())
        file = received(max_mib=desk.settings.attachment_max_mib)
        if file.form:
            raise Invalid(errors={name[:100]: [("unknown_field", {})] for name in file.form})
        facts = {
            **path, "file_name": file.name, "content_type": checked_type(file.head, file.name), "size": file.size, "sha256": file.sha256,
        }  # fmt: skip
        key = idempotency_key()
        place = desk.ask(route.rpc.replace(".add_", ".begin_"), facts, {**headers, "idempotency_key": key_before(key)})["body"]
        desk.store.put(place["file_key"], file.stream)
        reply = desk.ask(route.rpc, {**facts, **place}, {**headers, "idempotency_key": key})
        return passed_on(reply)

    return view


def download(route: Route, desk: Desk) -> View:
    """Send a file, always as a download."""

    def view(**path: str) -> Response:
        headers = desk.enter(route)
        found = desk.ask(route.rpc, {**query(), **path}, headers)["body"]
        stream = desk.store.open(found["file_key"])
        response = as_download(_pieces(stream), found["file_name"], found["content_type"])
        response.content_length = found["size"]
        response.call_on_close(stream.close)
        return response

    return view


def as_download(body: Iterator[bytes], name: str, content_type: str) -> Response:
    """A response that a browser saves and never shows or runs (RFC 6266)."""
    response = Response(body, content_type=content_type, direct_passthrough=True)
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in name)
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece
