"""The batch form of each action of a resource, made from the action's own method: the same values for many records, an answer per id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from shared.bus.calls import Call, Prepare, PrepareMany, RpcSpec
from shared.resources.batch import batch
from shared.resources.schemas import BatchInput, BatchResultSchema
from shared.schema import Schema

if TYPE_CHECKING:
    from shared.resources.resource import Resource


RECORD_VERBS = ("update", "delete")
"""Their batch forms are operations of every resource."""


def batch_forms(resource: Resource, own: Mapping[str, RpcSpec]) -> Iterator[RpcSpec]:
    """One for each action that a method among a service's `own` does to one record, unless it is `single` or has one already."""
    for action in resource.all_actions:
        one, name = own.get(action.rpc or f"{action.name}_{resource.noun}"), f"batch_{action.name}_{resource.name}"
        if one is not None and not action.single and action.name not in RECORD_VERBS and name not in own:
            yield _batch_form(name, one)


def once_for_all(prepare: Prepare) -> PrepareMany:
    """The `prepare_many` of what looks at no record but only at the values given: done once, and refused for all."""

    def prepare_many(call: Call, ids: list[str], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
        given = dict(values)
        prepare(call, given)
        return dict.fromkeys(ids, given)

    return prepare_many


def _batch_form(name: str, one: RpcSpec) -> RpcSpec:
    if one.prepare and not one.prepare_many:
        raise TypeError(f"{name} would ask others once for each record: give {one.name} a prepare_many")
    return replace(
        one, name=name, run=_runner(one), takes=_takes(name, one.takes or Schema), gives=BatchResultSchema, batch=True, status=200, resource=None,
        prepare=_preparer(one.prepare_many) if one.prepare_many else None, prepare_many=None, doc=f"{one.doc.splitlines()[0]} Many at once." if one.doc else "",
    )  # fmt: skip


def _takes(name: str, takes: type[Schema]) -> type[Schema]:
    meta = type("Meta", (Schema.Meta,), {"exclude": ("id", "version")})
    stem = "".join(word.title() for word in name.split("_"))
    return cast(type[Schema], type(f"{stem}Input", (takes, BatchInput), {"Meta": meta, "__doc__": takes.__doc__}))


def _runner(one: RpcSpec) -> Any:
    def run(service: Any, call: Call, *, ids: list[str], prepared: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
        def act(record_id: str) -> None:
            given = data if prepared is None else prepared[record_id]
            one.run(service, call, **{**given, "id": record_id})

        return batch(call, ids, act)

    return run


def _preparer(prepare_many: PrepareMany) -> Prepare:
    """What comes before the transaction, once for all."""

    def prepare(call: Call, data: dict[str, Any]) -> None:
        values = {name: value for name, value in data.items() if name != "ids"}
        data["prepared"] = prepare_many(call, data["ids"], values)

    return prepare
