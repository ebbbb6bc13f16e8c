"""What a service declares of a resource as data: actions on rows, related lists, quick views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.caller import Caller
from shared.schema import Schema

if TYPE_CHECKING:
    from shared.resources.resource import Resource


@dataclass(frozen=True)
class RowAction:
    """Something that can be done to a row: `when(record, caller)` says whether the row allows it now.

    The permission is "<noun>:<name>" unless given. The rest tells a front end how to offer it: `rpc` is the method behind it
    ("<name>_<noun>" unless given; "batch_<name>_<many>" for many rows), from which its dialog is made; `path` ("/orders/{id}/submit")
    and `batch_path` where it is posted to, found by the same rule. Of each that is not `single`, the batch form is made by itself (batch_forms.py). What another service does says its path, the shape it `takes`
    and the name of its list of `ids`. `confirm` asks before doing it.
    """

    name: str
    when: Callable[[Any, Caller], bool] = lambda record, caller: True
    permission: str | None = None
    rpc: str | None = None
    path: str | None = None
    batch_path: str | None = None
    ids: str = "ids"
    takes: type[Schema] | None = None
    tone: str = "neutral"
    confirm: bool = False
    single: bool = False

    def permission_of(self, resource: Resource) -> str:
        """The permission a caller needs for it."""
        return self.permission or resource.permission_for(self.name)


@dataclass(frozen=True)
class Related:
    """A list of another module beside a record: the rows of `module` whose `field` is the record's id."""

    module: str
    field: str
    permission: str

    @classmethod
    def list(cls, module: str, field: str) -> Related:
        """The usual case: the permission is that of the module's noun, "payment-plans" → payment_plan:read."""
        return cls(module, field, f"{module.replace('-', '_').removesuffix('s')}:read")


@dataclass(frozen=True)
class QuickView:
    """A view that is always there; its label stands in the texts under views. A list `opens` with it for whoever has chosen no other."""

    name: str
    filter: dict[str, Any] | None = None
    sort: str = ""
    opens: bool = False


def with_standard(actions: tuple[RowAction, ...], operations: tuple[str, ...]) -> tuple[RowAction, ...]:
    """A resource's own actions, and before them those that its operations bring, unless it has its own."""
    own = {action.name: action for action in actions}
    standard = [RowAction(name) for name in ("update", "delete") if name in operations and name not in own]
    if "batch_assign" in operations and "assign" not in own:
        standard.append(RowAction("assign"))
    return (*standard, *actions)


def standard_views(owned: bool) -> tuple[QuickView, ...]:
    """The quick views every module has: all, and where records belong to people, mine and my team's."""
    whose = (QuickView("mine", {"field": "owner_id", "op": "is_me"}), QuickView("my_team", {"field": "owner_id", "op": "in_my_team"}))
    return (QuickView("all"), *(whose if owned else ()))
