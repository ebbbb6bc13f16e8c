"""Summary reports."""

from gateway.table import Route, get

ROUTES: list[Route] = [
    get("/summary/gross-margin", "reporting.gross_margin", may="report:read"),
    get("/summary/sales-detail", "reporting.sales_detail", may="report:read"),
]
