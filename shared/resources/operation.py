"""One operation that resources have, as data: its HTTP address, its RPC method, its permission, and what does it.

Each feature of the chassis (records, views, recycle bin, ...) keeps its own small table of these; `shared.resources.OPERATIONS`
is all of them. A resource makes its RPC methods from it, the gateway its routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.bus.calls import Call, RpcSpec
from shared.schema import Schema

if TYPE_CHECKING:
    from shared.resources.resource import Resource

Shape = type[Schema] | Callable[[Any], type[Schema]] | None
"""A schema, or how to get it from the resource."""

WRITES = ("create", "update", "delete")


def permission_for(verb: str, noun: str, managed_by: str | None = None) -> str:
    """The permission a verb needs: "<noun>:<verb>", or the verb itself where it has a colon; `managed_by` is the one verb that stands for
    create, update and delete where they are one permission ("settings").
    """  # fmt: skip
    if ":" in verb:
        return verb
    return f"{noun}:{managed_by if managed_by and verb in WRITES else verb}"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something every module can do.

    `path` is written with {module} ("/payment-plans"), `rpc` with {many} ("payment_plans") and {noun} ("payment_plan"). `verb` is
    the permission: "read" means "<noun>:read", one with a colon stands as it is. `run(resource, service, call, **data)` does it,
    `prepare(resource, call, data)` comes before the transaction, the resource's `learn` where it was refused and this `learns`. A resource has the operation when its `operations` name it or its
    `group`. `served_by` names the gateway's view where a call that passes JSON through is not enough ("export"); an operation
    without a path is for the gateway's own use. The rest is as in RpcSpec.
    """

    name: str
    rpc: str
    run: Callable[..., Any]
    method: str = ""
    path: str = ""
    verb: str = ""
    group: str = ""
    served_by: str = "call"
    takes: Shape = None
    gives: Shape = None
    many: bool = False
    read: bool = False
    batch: bool = False
    status: int = 200
    prepare: Callable[[Any, Call, dict[str, Any]], None] | None = None
    learns: bool = False

    def belongs_to(self, operations: tuple[str, ...]) -> bool:
        """Whether a resource with these operations has this one."""
        return self.name in operations or self.group in operations

    def path_of(self, name: str, path: str | None = None) -> str:
        """The address in a module: name "payment_plans" stands at /payment-plans, or at `path`; its description at /meta/payment-plans in any case."""
        known = "/" + name.replace("_", "-")
        return self.path.format(module=path if path and self.path.startswith("{module}") else known)

    def rpc_of(self, name: str, noun: str) -> str:
        """The name of the RPC method."""
        return self.rpc.format(many=name, noun=noun)

    def permission_of(self, noun: str, managed_by: str | None = None) -> str:
        """The permission a caller needs."""
        return permission_for(self.verb, noun, managed_by)

    def spec(self, resource: Resource) -> RpcSpec:
        """The RPC method of a resource."""
        gives = _shape(self.gives, resource)
        dumped = resource if gives is not None and gives in (resource.schema, resource.list_schema) else None
        return RpcSpec(
            name=self.rpc_of(resource.name, resource.noun), run=partial(self.run, resource), takes=_shape(self.takes, resource), gives=gives,
            many=self.many, read=self.read, batch=self.batch, status=self.status, resource=dumped, doc=(self.run.__doc__ or "").strip(),
            prepare=partial(self.prepare, resource) if self.prepare else None, learn=resource.learn if self.learns else None,
        )  # fmt: skip


def _shape(given: Shape, resource: Resource) -> type[Schema] | None:
    return given if given is None or isinstance(given, type) else given(resource)
