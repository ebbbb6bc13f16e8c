"""Payment plans and receipts."""

from gateway.table import Route, action, get, post, put, resource

ROUTES: list[Route] = [
    *resource("finance", "payment_plans", configurable=("numbering",)),
    post("/payment-plans/batch-collect", "finance.batch_collect_payment_plans", may="payment_plan:collect"),
    post("/orders/<id>/payment-plans", "finance.choose_payment_plans", may="order:update"),
    *resource(
        "finance",
        "receipts",
        operations=("list", "get", "create", "update", "batch_update", "batch_assign", "history", "describe", "attachments", "export"),
        configurable=("choices", "numbering"),
    ),
    *action("finance", "receipts", "void", may="receipt:void"),
    post("/receipts/<id>/refund", "finance.refund_receipt", may="receipt:refund"),
    get("/finance/settings", "finance.get_finance_settings", may="finance:read"),
    put("/finance/settings", "finance.update_finance_settings", may="finance:settings"),
]
