"""Products, price lists, quotes and orders."""

from gateway.table import Route, action, get, post, put, resource

APPROVAL_RULES = ("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe", "export")
"""Settings belong to nobody and take no files."""

ROUTES: list[Route] = [
    *resource("sales", "products", configurable=("fields",), imports=True),
    *resource("sales", "price_lists"),
    post("/price-lists/<id>/items", "sales.add_price_list_items", may="price_list:update"),
    *resource("sales", "price_list_items", permission="price_list", operations=(), imports=True),
    *resource("sales", "quotes", configurable=("fields", "numbering")),
    *action("sales", "quotes", "create_order", may="quote:create_order", rpc="create_order_from_quote"),
    post("/quotes/<id>/apply-price-list", "sales.apply_price_list_to_quote", may="quote:update"),
    *action("sales", "quotes", "send", may="quote:update"),
    *action("sales", "quotes", "accept", may="quote:update"),
    *action("sales", "quotes", "reject", may="quote:update"),
    *action("sales", "quotes", "revise", may="quote:update"),
    *resource("sales", "orders", configurable=("fields", "numbering")),
    get("/orders/<id>/approval-plan", "sales.get_order_approval_plan", may="order:submit"),
    *action("sales", "orders", "submit", may="order:submit"),
    *action("sales", "orders", "withdraw", may="order:withdraw"),
    *action("sales", "orders", "approve", may="order:approve"),
    *action("sales", "orders", "reject", may="order:approve"),
    *action("sales", "orders", "void", may="order:void"),
    post("/orders/<id>/apply-price-list", "sales.apply_price_list", may="order:update"),
    *resource("sales", "approval_rules", operations=APPROVAL_RULES),
    put("/approval-rules/arrangement", "sales.arrange_approval_rules", may="approval_rule:update"),
]
