"""Workbench and summary reports."""

from gateway.table import Route, get, resource

TEMPLATES = ("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe", "export")

ROUTES: list[Route] = [
    get("/workbench", "reporting.get_workbench", anyone=True),
    get("/workbench/widgets", "reporting.list_widgets", may="workbench_template:read"),
    *resource("reporting", "workbench_templates", path="/workbench/templates", operations=TEMPLATES),
    get("/summary/gross-margin", "reporting.gross_margin", may="report:read"),
    get("/summary/sales-detail", "reporting.sales_detail", may="report:read"),
]
