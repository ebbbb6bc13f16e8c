"""Customers, contacts, follow-ups, tickets and the knowledge base."""

from gateway.table import Route, action, get, post, put, resource

WITHOUT_OWNER_BATCH = ("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe",
                       "attachments", "export")  # fmt: skip
"""Tickets are given to an assignee, one or many."""

ROUTES: list[Route] = [
    get("/customers/duplicates", "customer.find_duplicate_customers", may="customer:read"),
    *resource("customer", "customers", configurable=("fields", "choices"), imports=True),
    post("/customers/<id>/merge", "customer.merge_customer", may="customer:merge"),
    get("/customers/<id>/org-chart", "customer.customer_org_chart", may="contact:read"),
    *action("customer", "customers", "transfer", may="customer:transfer"),
    *resource("customer", "contacts", configurable=("fields", "choices"), imports=True),
    *resource("customer", "follow_ups", configurable=("fields", "choices"), imports=True),
    get("/tickets/statistics", "customer.ticket_statistics", may="ticket:read"),
    get("/tickets/service-levels", "customer.get_service_levels", may="ticket:read"),
    put("/tickets/service-levels", "customer.update_service_levels", may="ticket:settings"),
    *resource("customer", "tickets", operations=WITHOUT_OWNER_BATCH, configurable=("fields", "choices", "numbering"), imports=True),
    *action("customer", "tickets", "assign", may="ticket:assign"),
    *action("customer", "tickets", "start", may="ticket:resolve"),
    *action("customer", "tickets", "resolve", may="ticket:resolve"),
    *action("customer", "tickets", "close", may="ticket:close"),
    *action("customer", "tickets", "reopen", may="ticket:reopen"),
    post("/tickets/<id>/create-article", "customer.create_article_from_ticket", may="article:create"),
    *resource("customer", "articles", configurable=("choices",), imports=True),
]
