"""The public pool. Who may do what with it is decided by the pool's own settings; the permission here opens the module."""

from gateway.table import Route, delete, get, patch, post, put

ROUTES: list[Route] = [
    get("/pool/settings", "pool.get_pool_settings", may="pool:read"),
    put("/pool/settings", "pool.update_pool_settings", may="pool:settings"),
    get("/pool/members", "pool.list_pool_members", may="pool:read"),
    get("/pool/customers", "pool.list_pool_customers", may="pool:read"),
    Route("GET", "/pool/customers/export", "pool.export_pool_customers", "pool:export", "export"),
    get("/pool/customers/views", "pool.pool_customer_views", may="pool:read"),
    post("/pool/customers/views", "pool.create_pool_customer_view", may="pool:read"),
    patch("/pool/customers/views/<id>", "pool.update_pool_customer_view", may="pool:read"),
    delete("/pool/customers/views/<id>", "pool.delete_pool_customer_view", may="pool:read"),
    get("/pool/customers/<id>", "pool.get_pool_customer", may="pool:read"),
    get("/pool/customers/<id>/log", "pool.pool_customer_log", may="pool:read"),
    get("/pool/customers/<id>/countdown", "pool.pool_customer_countdown", may="pool:read"),
    get("/meta/pool-customers", "pool.describe_pool_customers", may="pool:read"),
    post("/pool/send", "pool.send_customers", may="pool:read"),
    post("/pool/withdraw", "pool.withdraw_customers", may="pool:read"),
    post("/pool/claim", "pool.claim_customers", may="pool:read"),
    post("/pool/assign", "pool.assign_customers", may="pool:read"),
    post("/pool/release", "pool.release_customers", may="pool:read"),
    post("/pool/extend", "pool.extend_customers", may="pool:read"),
    get("/pool/summary", "pool.pool_summary", may="pool:read"),
    get("/pool/ledger", "pool.list_ledger", may="pool:read"),
]
