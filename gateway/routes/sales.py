"""Products, price lists, quotes and orders."""

from gateway.table import Route, post, resource

ROUTES: list[Route] = [
    *resource("sales", "products", configurable=("fields",), imports=True),
    *resource("sales", "price_lists"),
    post("/price-lists/<id>/items", "sales.add_price_list_items", may="price_list:update"),
    *resource("sales", "price_list_items", permission="price_list", operations=(), imports=True),
    *resource("sales", "quotes", configurable=("fields", "numbering")),
    post("/quotes/<id>/create-order", "sales.create_order_from_quote", may="quote:create_order"),
    post("/quotes/<id>/apply-price-list", "sales.apply_price_list_to_quote", may="quote:update"),
    post("/quotes/<id>/send", "sales.send_quote", may="quote:update"),
    post("/quotes/<id>/accept", "sales.accept_quote", may="quote:update"),
    post("/quotes/<id>/reject", "sales.reject_quote", may="quote:update"),
    post("/quotes/<id>/revise", "sales.revise_quote", may="quote:update"),
    *resource("sales", "orders", configurable=("fields", "numbering")),
    post("/orders/<id>/submit", "sales.submit_order", may="order:submit"),
    post("/orders/<id>/withdraw", "sales.withdraw_order", may="order:withdraw"),
    post("/orders/<id>/approve", "sales.approve_order", may="order:approve"),
    post("/orders/<id>/reject", "sales.reject_order", may="order:approve"),
    post("/orders/<id>/void", "sales.void_order", may="order:void"),
    post("/orders/<id>/apply-price-list", "sales.apply_price_list", may="order:update"),
]
