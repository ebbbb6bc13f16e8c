"""The web front end: the files `make web` built, served beside the API.

Built files carry a hash of their content in their name and may be kept for ever; `index.html` is asked for each time. An
address without a dot is a page of the application and gets `index.html`; one with a dot is a file and is there or not.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.routing import PathConverter

# Ant Design writes its design tokens and some positions as inline styles; scripts come from files only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Highseas CRM</title>
<h1>Highseas CRM</h1><p>The API answers under <code>/api/v1</code> (<a href="/api/docs">description</a>).
The web front end is not built yet: run <code>make web</code> and load this page again.</p></html>"""


class PagePath(PathConverter):
    """Every path but those of the API."""

    regex = r"(?!api/|api$)[^/].*?"


def blueprint(folder: Path) -> Blueprint:
    """The routes of the web front end, from the files in `folder`."""
    routes = Blueprint("web", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.__setitem__("page", PagePath))
    built = folder.absolute()

    @routes.get("/")
    @routes.get("/<page:path>")
    def page(path: str = "index.html") -> Response:
        """A built file, or the application itself."""
        is_file = "." in path.rpartition("/")[2]
        if any(part.startswith(".") for part in path.split("/")):
            raise NotFound
        if not (built / "index.html").is_file():
            if is_file and path != "index.html":
                raise NotFound
            return _with_policy(Response(NOT_BUILT, content_type="text/html; charset=utf-8"), "no-cache")
        return _file(built, path if is_file else "index.html")

    return routes


def _file(built: Path, path: str) -> Response:
    packed = request.accept_encodings.quality("gzip") > 0 and (built / f"{path}.gz").is_file()
    response = send_from_directory(built, f"{path}.gz" if packed else path, mimetype=_kind(path))
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.pop("Content-Disposition", None)
    return _with_policy(response, "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache")


def _with_policy(response: Response, caching: str) -> Response:
    response.headers["Cache-Control"] = caching
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _kind(path: str) -> str | None:
    kinds = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "json": "application/json"}
    return kinds.get(path.rpartition(".")[2])
