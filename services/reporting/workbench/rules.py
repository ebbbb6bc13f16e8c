"""Pure decisions: which widgets there are, who may have them, and which somebody gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_WIDGETS = 40
May = Callable[[str], bool]
"""Whether somebody holds a permission."""


class Size(StrEnum):
    """How wide a widget is: several in a row, two in a row, or a row of its own."""

    SMALL = "small"
    HALF = "half"
    FULL = "full"


FIGURE, LIST = (Size.SMALL, Size.HALF), (Size.HALF, Size.FULL)


@dataclass(frozen=True)
class Widget:
    """A widget: the sizes it can have, the usual one first, and the permissions that all are needed to see it.

    Without a template it is for those who hold any of the permissions that it `suits`; for all who may see it where it names none.
    """

    code: str
    sizes: tuple[Size, ...]
    needs: tuple[str, ...]
    suits: tuple[str, ...] = ()

    def is_open_to(self, may: May) -> bool:
        """Whether somebody may see it."""
        return all(may(permission) for permission in self.needs)

    def is_work_of(self, may: May) -> bool:
        """Whether somebody gets it who has no template."""
        return self.is_open_to(may) and (not self.suits or any(may(permission) for permission in self.suits))


CATALOGUE = (
    Widget("my_customers", FIGURE, ("customer:read",), ("customer:create",)),
    Widget("new_customers", FIGURE, ("customer:read",), ("customer:create",)),
    Widget("pool_held", FIGURE, ("pool:read",)),
    Widget("orders_this_month", FIGURE, ("order:read",), ("order:create", "payment_plan:read")),
    Widget("overdue_plans", FIGURE, ("payment_plan:read",)),
    Widget("late_tickets", FIGURE, ("ticket:read",), ("ticket:resolve",)),
    Widget("orders_to_approve", LIST, ("order:read", "order:approve")),
    Widget("customers_to_visit", LIST, ("customer:read",), ("customer:create",)),
    Widget("due_plans", LIST, ("payment_plan:read",)),
    Widget("expiring_customers", LIST, ("customer:read", "pool:read")),
    Widget("extension_requests", LIST, ("pool:read",), ("customer:assign",)),
    Widget("open_tickets", LIST, ("ticket:read",), ("ticket:assign",)),
    Widget("my_tickets", LIST, ("ticket:read",), ("ticket:resolve",)),
    Widget("open_reminders", LIST, ("reminder:read",)),
    Widget("recent_follow_ups", LIST, ("follow_up:read",)),
    Widget("recent_receipts", LIST, ("receipt:read",), ("receipt:create",)),
    Widget("customers_by_status", LIST, ("customer:read",), ("customer:create",)),
    Widget("tickets_by_status", LIST, ("ticket:read",), ("ticket:resolve",)),
    Widget("orders_trend", LIST[::-1], ("report:read",), ("order:create", "payment_plan:read")),
)
"""Every widget, in the order in which those who have no template get them."""

WIDGETS = {widget.code: widget for widget in CATALOGUE}


@dataclass(frozen=True)
class Place:
    """A widget somewhere on a workbench."""

    code: str
    size: str


PRESETS: dict[str, tuple[str, ...]] = {
    "admin": (
        "new_customers", "orders_this_month", "overdue_plans", "late_tickets", "orders_to_approve", "open_reminders", "orders_trend",
        "customers_by_status", "tickets_by_status", "recent_follow_ups", "recent_receipts",
    ),
    "sales_director": (
        "new_customers", "orders_this_month", "overdue_plans", "pool_held", "orders_to_approve", "due_plans", "orders_trend",
        "customers_by_status", "recent_follow_ups", "expiring_customers", "open_reminders",
    ),
    "sales_rep": (
        "my_customers", "pool_held", "orders_this_month", "overdue_plans", "customers_to_visit", "due_plans", "expiring_customers",
        "open_reminders", "orders_trend",
    ),
    "pool_admin": (
        "my_customers", "pool_held", "orders_this_month", "overdue_plans", "extension_requests", "customers_to_visit", "due_plans",
        "expiring_customers", "customers_by_status", "orders_trend",
    ),
    "service_manager": ("late_tickets", "open_tickets", "my_tickets", "tickets_by_status", "open_reminders", "recent_follow_ups"),
    "service_engineer": ("late_tickets", "my_tickets", "open_reminders", "recent_follow_ups"),
    "finance": ("overdue_plans", "orders_this_month", "due_plans", "recent_receipts", "open_reminders", "orders_trend"),
    "marketing": ("new_customers", "customers_by_status", "open_reminders"),
}  # fmt: skip
"""The widgets of the template that each default role begins with."""


def preset_of(role: str) -> list[Place]:
    """The widgets that a default role begins with, each in its usual size."""
    return [Place(code, WIDGETS[code].sizes[0]) for code in PRESETS[role]]


def problem_with(places: Iterable[Place]) -> tuple[int, str, str] | None:
    """What is wrong with the widgets of a template: where, its field and an error code; each is there once and in a size that it can have."""
    seen: set[str] = set()
    for index, place in enumerate(places):
        if place.code in seen:
            return index, "code", "repeated_widget"
        if place.size not in WIDGETS[place.code].sizes:
            return index, "size", "impossible_size"
        seen.add(place.code)
    return None


def gathered(templates: Iterable[Iterable[Mapping[str, str]]], may: May) -> list[Place]:
    """The widgets of several templates one after the other: each once, as it stands first, less those that one may not see.

    One that this version does not know is left out.
    """
    found: dict[str, Place] = {}
    for widgets in templates:
        for one in widgets:
            known = WIDGETS.get(one["code"])
            if known and known.is_open_to(may):
                found.setdefault(known.code, Place(known.code, one["size"]))
    return list(found.values())


def by_permission(may: May) -> list[Place]:
    """What somebody gets who has no template."""
    return [Place(widget.code, widget.sizes[0]) for widget in CATALOGUE if widget.is_work_of(may)]
