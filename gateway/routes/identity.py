"""The organisation; users, departments and roles; one's own log-in; API tokens; the audit log; the state of the system."""

from gateway.table import Route, delete, get, patch, post, resource

PLAIN = ("list", "get", "create", "update", "delete", "history", "describe", "export")

ROUTES: list[Route] = [
    get("/organisation", "identity.get_organisation", anyone=True),
    patch("/organisation", "identity.update_organisation", may="organisation:settings"),
    get("/organisation/history", "identity.organisation_history", may="organisation:settings"),
    *resource("identity", "users", operations=(*PLAIN, "batch_update")),
    get("/users/<id>/holdings", "identity.user_holdings", may="user:update"),
    post("/users/<id>/deactivate", "identity.deactivate_user", may="user:update", in_person=True),
    post("/users/<id>/reactivate", "identity.reactivate_user", may="user:update", in_person=True),
    post("/users/batch-reactivate", "identity.batch_reactivate_users", may="user:update", in_person=True),
    post("/users/<id>/impersonate", "identity.impersonate_user", may="user:impersonate", in_person=True),
    get("/users/<id>/sessions", "identity.list_user_sessions", may="session:read"),
    delete("/users/<id>/sessions", "identity.end_user_sessions", may="session:end"),
    post("/users/batch-end-sessions", "identity.batch_end_user_sessions", may="session:end"),
    post("/users/<id>/reset-two-factor", "identity.reset_two_factor", may="user:update", in_person=True),
    *resource("identity", "departments", operations=(*PLAIN, "batch_update", "batch_delete", "recycle", "attachments")),
    *resource("identity", "roles", operations=(*PLAIN, "batch_update", "batch_delete", "recycle")),
    get("/permissions", "identity.list_permissions", may="role:read"),
    *resource("identity", "api_tokens", operations=("list", "get", "describe", "export")),
    post("/api-tokens", "identity.create_api_token", may="api_token:create", in_person=True),
    delete("/api-tokens/<id>", "identity.delete_api_token", may="api_token:delete", in_person=True),
    post("/api-tokens/batch-delete", "identity.batch_delete_api_tokens", may="api_token:delete", in_person=True),
    get("/audit-log", "identity.list_audit_entries", may="audit:read"),
    Route("GET", "/audit-log/export", "identity.export_audit_entries", "audit:export", "export"),
    # These ask every service, or the one that is named, what identity is asked here.
    Route("GET", "/system/status", "identity.service_status", "system:status", "system_status"),
    Route("GET", "/system/parked", "identity.list_parked", "system:status", "parked"),
    Route("POST", "/system/parked/retry", "identity.retry_parked", "system:retry", "retry_parked"),
    patch("/auth/me", "identity.update_profile", anyone=True, in_person=True),
    post("/auth/password", "identity.change_password", anyone=True, in_person=True),
    get("/auth/sessions", "identity.list_my_sessions", anyone=True, in_person=True),
    delete("/auth/sessions/<id>", "identity.end_my_session", anyone=True, in_person=True),
    post("/auth/two-factor/start", "identity.start_two_factor", anyone=True, in_person=True),
    post("/auth/two-factor/confirm", "identity.confirm_two_factor", anyone=True, in_person=True),
    post("/auth/two-factor/off", "identity.switch_off_two_factor", anyone=True, in_person=True),
]
