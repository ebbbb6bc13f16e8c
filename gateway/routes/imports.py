"""Imports of all modules. Whose records they are, the service finds out; each shows an import to its user alone."""

from gateway.table import Route

ROUTES: list[Route] = [
    Route("GET", "/imports/<id>", "customer.get_import", None, "import_job"),
    Route("POST", "/imports/<id>/commit", "customer.commit_import", None, "import_job"),
    Route("GET", "/imports/<id>/result", "customer.import_result", None, "import_result"),
]
