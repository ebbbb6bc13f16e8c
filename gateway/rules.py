"""Pure decisions: which permissions there are, what the default roles may do, how long a lock-out lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Protocol

RECORD_VERBS = ("read", "create", "update", "delete", "assign", "export")

NOUNS: dict[str, tuple[str, ...]] = {
    "organisation": ("settings",),
    "user": (*RECORD_VERBS, "impersonate"),
    "department": RECORD_VERBS,
    "role": RECORD_VERBS,
    "session": ("read", "end"),
    "api_token": ("read", "create", "delete", "export"),
    "audit": ("read", "export"),
    "customer": (*RECORD_VERBS, "transfer", "merge", "import"),
    "contact": (*RECORD_VERBS, "import"),
    "follow_up": (*RECORD_VERBS, "import"),
    "ticket": (*RECORD_VERBS, "resolve", "close", "reopen", "settings", "import"),
    "article": (*RECORD_VERBS, "import"),
    "pool": ("read", "settings", "export"),
    "product": (*RECORD_VERBS, "import"),
    "price_list": (*RECORD_VERBS, "import"),
    "quote": (*RECORD_VERBS, "create_order"),
    "order": (*RECORD_VERBS, "submit", "withdraw", "approve", "void"),
    "approval_rule": ("read", "create", "update", "delete", "export"),
    "payment_plan": (*RECORD_VERBS, "collect"),
    "receipt": ("read", "create", "update", "assign", "void", "refund", "export"),
    "finance": ("read", "settings"),
    "report": ("read",),
    "workbench_template": ("read", "create", "update", "delete", "export"),
    "reminder": RECORD_VERBS,
    "mail": ("settings",),
    "module": ("configure", "share_views", "purge"),
    "system": ("status", "retry"),
}

PERMISSIONS = frozenset(f"{noun}:{verb}" for noun, verbs in NOUNS.items() for verb in verbs)

WITH_FILES = ("export", "import")
"""Verbs that carry many records in or out at once; not for everybody who works with them one by one."""

SCOPES = ("own", "team", "department", "all")
RESTRICTIONS = ("read_only", "hidden")

LONGEST_TOKEN = timedelta(days=366)
IMPERSONATION = timedelta(minutes=60)
"""How long an administrator may act as somebody else before they have to say again why."""
REFRESH_GRACE = timedelta(seconds=30)
"""How long a refresh token that was exchanged may be exchanged again: the answer may not have arrived."""
LOCK_AFTER = 5
FIRST_LOCK = timedelta(seconds=2)
LONGEST_LOCK = timedelta(minutes=15)


class Granted(Protocol):
    """What somebody may do, and which fields they may not see or change."""

    @property
    def permissions(self) -> frozenset[str]: ...

    @property
    def field_rights(self) -> dict[str, dict[str, str]]: ...


def permissions_of(*nouns: str) -> list[str]:
    """Every permission of the given nouns; "order:read" stands for itself."""
    return sorted(permission for noun in nouns for permission in ([noun] if ":" in noun else [f"{noun}:{verb}" for verb in NOUNS[noun]]))


def one_by_one(*nouns: str) -> list[str]:
    """The same without carrying records in and out by the file."""
    return [permission for permission in permissions_of(*nouns) if permission.rpartition(":")[2] not in WITH_FILES]


_SELLING = one_by_one(
    "customer:read", "customer:create", "customer:update", "customer:delete", "contact", "follow_up", "product:read", "price_list:read",
    "quote", "order:read", "order:create", "order:update", "order:delete", "order:submit", "order:withdraw", "pool:read",
    "payment_plan:read", "receipt:read", "report", "reminder", "user:read", "department:read", "finance:read",
    "ticket:read", "ticket:create", "ticket:update", "ticket:close", "ticket:reopen", "article:read",
)  # fmt: skip

DEFAULT_ROLES: dict[str, tuple[list[str], dict[str, str]]] = {
    "admin": (["*"], {"*": "all"}),
    "sales_director": (
        sorted({
            *_SELLING,
            *permissions_of(
                "customer", "contact", "follow_up", "quote", "order", "pool:export", "product",
                "price_list", "payment_plan:create", "payment_plan:update", "payment_plan:export", "receipt:export",
                "module:share_views",
            ),
        }),
        {"*": "team", "products": "all", "price-lists": "all", "users": "all", "departments": "all", "reminders": "own"},
    ),
    "sales_rep": (_SELLING, {"*": "own", "products": "all", "price-lists": "all", "users": "all", "departments": "all"}),
    "pool_admin": (
        sorted({*_SELLING, "customer:assign"}),
        {"*": "own", "customers": "all", "products": "all", "price-lists": "all", "users": "all", "departments": "all"},
    ),
    "service_manager": (
        permissions_of("customer:read", "contact", "follow_up", "ticket", "article", "product:read", "order:read", "reminder", "user:read", "report"),
        {"*": "team", "customers": "all", "contacts": "all", "tickets": "all", "products": "all", "users": "all", "reminders": "own"},
    ),
    "service_engineer": (
        permissions_of(
            "customer:read", "contact:read", "follow_up", "ticket:read", "ticket:create", "ticket:update", "ticket:resolve", "ticket:reopen", "article:read",
            "article:create", "article:update", "product:read", "reminder", "user:read",
        ),
        {"*": "own", "customers": "all", "contacts": "all", "products": "all", "users": "all"},
    ),
    "finance": (
        permissions_of(
            "customer:read", "contact:read", "product:read", "quote:read", "order:read", "payment_plan", "receipt", "finance:read", "report",
            "reminder", "user:read", "department:read",
        ),
        {"*": "all", "reminders": "own"},
    ),
    "marketing": (
        permissions_of("customer:read", "contact:read", "product", "price_list:read", "report", "reminder", "user:read"),
        {"*": "own", "customers": "all", "products": "all", "price-lists": "all", "users": "all"},
    ),
}  # fmt: skip


def unknown_permissions(permissions: Iterable[str]) -> list[str]:
    """Those that no route knows."""
    return sorted(set(permissions) - PERMISSIONS - {"*"})


def widest(scopes: Iterable[dict[str, str]]) -> dict[str, str]:
    """The scopes of several roles joined: per module the widest wins; a module one role leaves out falls under its "*"."""
    given = list(scopes)
    modules = {module for one in given for module in one}
    reach = {module: [one.get(module) or one.get("*") or "own" for one in given] for module in modules}
    return {module: max(found, key=SCOPES.index) for module, found in reach.items()}


def least_restrictive(rights: Iterable[dict[str, str]]) -> dict[str, str]:
    """The rights on the fields of one module that several roles give, joined: a field is as open as the most open role leaves it."""
    given = list(rights)
    fields = set(given[0]).intersection(*given[1:]) if given else set()
    return {field: min((one[field] for one in given), key=RESTRICTIONS.index) for field in fields}


def impersonation_problem(own: Granted, theirs: Granted) -> str | None:
    """Why nobody with the rights `own` may act as somebody with `theirs`, as an error code, or None: it must not open more than they have."""
    if "*" in theirs.permissions:
        return "administrator_not_impersonated"
    within = "*" in own.permissions or theirs.permissions <= own.permissions
    return None if within and not _opens_fields(own.field_rights, theirs.field_rights) else "user_may_do_more"


def _opens_fields(own: dict[str, dict[str, str]], theirs: dict[str, dict[str, str]]) -> bool:
    """Whether a field that is restricted for the one is more open for the other."""
    order = (None, *RESTRICTIONS)
    restricted = ((module, field, right) for module, fields in own.items() for field, right in fields.items())
    return any(order.index(theirs.get(module, {}).get(field)) < order.index(right) for module, field, right in restricted)


def failures_key(login: str) -> str:
    """Under what the failures of a log-in name are counted."""
    return f"name:{login.casefold()[:190]}"


def lock_time(failures: int) -> timedelta:
    """How long log-in stays locked after so many failures in a row: none at first, then doubling up to a quarter of an hour."""
    if failures < LOCK_AFTER:
        return timedelta()
    doubled: int = 2 ** min(failures - LOCK_AFTER, 20)
    return min(FIRST_LOCK * doubled, LONGEST_LOCK)


def makes_cycle(start: str, upward: str | None, parent_of: Callable[[str], str | None]) -> bool:
    """Whether hanging `start` below `upward` would make a ring in a tree."""
    seen = {start}
    while upward is not None:
        if upward in seen:
            return True
        seen.add(upward)
        upward = parent_of(upward)
    return False


def password_problem(password: str, username: str) -> str | None:
    """What is wrong with a new password, as an error code, or None."""
    if len(password) < 8:
        return "password_too_short"
    return "password_is_username" if password.casefold() == username.casefold() else None
