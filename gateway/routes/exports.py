"""Exports of all modules that are written in the background; each is seen by who asked for it alone. They are begun at the list: POST /customers/export."""

from gateway.table import Route, delete, get

ROUTES: list[Route] = [
    get("/exports", "identity.list_exports", anyone=True),
    get("/exports/<id>", "identity.get_export", anyone=True),
    Route("GET", "/exports/<id>/file", "identity.get_export_file", None, "download"),
    delete("/exports/<id>", "identity.delete_export", anyone=True),
]
