"""The base of every service: a door with RPC methods, event handlers and timers, and what all of them share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

from shared.bus import parked, status
from shared.bus.calls import Call, RpcSpec, TimerSpec, every, on, rpc
from shared.bus.parked import ParkedSchema, RetriedSchema, RetryInput
from shared.bus.retention import forget_old_rows
from shared.bus.status import StatusSchema
from shared.contracts.base import Event
from shared.contracts.identity import DepartmentCreated, DepartmentUpdated, OrganisationUpdated, UserCreated, UserHandedOver, UserUpdated
from shared.db.base import Model
from shared.db.organisation import keep_organisation
from shared.people import HolderInput, keep_department, keep_person


class Service:
    """What a service promises: methods marked with `rpc`, `on` and `every`, and its `resources`.

    `name` is the word in queue names and databases, `base` the declarative base of its tables. `unique` tells, per
    unique column ("products.code"), the field and the error code of a clash. Each resource brings RPC methods of its
    own (list_orders, get_order, create_order, ...) and the batch form of each action, which a method of the same name replaces.
    """

    name: ClassVar[str]
    base: ClassVar[type[Model]]
    resources: ClassVar[tuple[Any, ...]] = ()
    unique: ClassVar[dict[str, tuple[str, str]]] = {}

    @classmethod
    def package(cls) -> str:
        """The package whose texts and migrations are this service's: "services.sales"."""
        return cls.__module__.rpartition(".")[0]

    @classmethod
    @cache
    def rpcs(cls) -> dict[str, RpcSpec]:
        """Every published method by name."""
        own = {name: cls._with_resource(method.__rpc__) for name, method in cls._marked("__rpc__").items()}
        return {spec.name: spec for resource in cls.resources for spec in resource.rpcs(own)} | own

    @classmethod
    def _with_resource(cls, spec: RpcSpec) -> RpcSpec:
        """A method that gives a record answers in the record's own way: with names, and with what the caller may do."""
        owner = next((one for one in cls.resources if spec.gives is not None and one.schema is spec.gives), None)
        return replace(spec, resource=owner) if owner else spec

    @classmethod
    @cache
    def handlers(cls) -> dict[str, tuple[type[Event], ...]]:
        """Every event handler by name, with the events it hears."""
        return {name: method.__on__ for name, method in cls._marked("__on__").items()}

    @classmethod
    @cache
    def subscriptions(cls) -> dict[tuple[str, str], list[str]]:
        """The handlers by (publisher, wire name) of what they hear."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, events in cls.handlers().items():
            for event in events:
                found.setdefault((event.publisher, event.wire_name()), []).append(name)
        return found

    @classmethod
    @cache
    def timers(cls) -> dict[str, TimerSpec]:
        """Every timer by name."""
        brought = {spec.name: spec for resource in cls.resources for spec in resource.timers()}
        return brought | {name: method.__every__ for name, method in cls._marked("__every__").items()}

    @classmethod
    def _marked(cls, mark: str) -> dict[str, Any]:
        members = {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}
        return {name: member for name, member in members.items() if hasattr(member, mark)}

    @rpc(read=True)
    def ping(self, call: Call) -> dict[str, str]:
        """Answer when the service and its database are ready."""
        call.database.ping()
        return {"service": self.name, "status": "ready"}

    @rpc(read=True)
    def bus_status(self, call: Call) -> dict[str, Any]:
        """How much waits in the outbox and the inbox, how old it is, and what is parked."""
        return status.figures(call.db, call.now)

    @rpc(gives=StatusSchema, read=True)
    def service_status(self, call: Call) -> dict[str, Any]:
        """How the service is: what waits, what is parked, the version of its tables, and what it has stored."""
        return status.report(call.db, self.name, call.now)

    @rpc(gives=ParkedSchema, read=True)
    def list_parked(self, call: Call) -> dict[str, Any]:
        """The events given up after ten attempts, oldest first."""
        return parked.page(call, self.name)

    @rpc(takes=RetryInput, gives=RetriedSchema, batch=True)
    def retry_parked(self, call: Call, *, ids: list[int]) -> dict[str, Any]:
        """Give parked events ten more attempts, from now."""
        return parked.retry_each(call, ids)

    @on(UserCreated, UserUpdated)
    def keep_person(self, call: Call, event: UserCreated) -> None:
        """Keep the name and reporting line of a user."""
        keep_person(call.db, event)

    @on(DepartmentCreated, DepartmentUpdated)
    def keep_department(self, call: Call, event: DepartmentCreated) -> None:
        """Keep the tree of departments."""
        keep_department(call.db, event)

    @on(OrganisationUpdated)
    def keep_organisation(self, call: Call, event: OrganisationUpdated) -> None:
        """Keep the organisation's settings: its days and its currency."""
        keep_organisation(call.db, event)

    @rpc(takes=HolderInput, read=True)
    def count_holdings(self, call: Call, *, user_id: str) -> dict[str, int]:
        """How many records of each module somebody holds that would be handed over if they left."""
        return {resource.module: resource.count_held(call.db, user_id) for resource in self.resources if resource.handed_over is not None}

    @on(UserHandedOver)
    def hand_over_records(self, call: Call, event: UserHandedOver) -> None:
        """Give what a leaver holds to whom it was promised."""
        for resource in self.handed_over(event):
            resource.hand_over(call, event.user_id, event.to_user_id)

    def handed_over(self, event: UserHandedOver) -> list[Any]:
        """The resources whose open records change hands when somebody leaves."""
        return [resource for resource in self.resources if resource.handed_over is not None]

    @every(seconds=3600, transaction=False)
    def forget_old_rows(self, call: Call) -> None:
        """Drop events that were sent or handled long ago, and stored answers that no retry asks for any more."""
        forget_old_rows(call)

    @every(seconds=60, transaction=False)
    def remove_stray_files(self, call: Call) -> None:
        """Take files out of the store that belong to nothing: deleted ones, and uploads that were never finished."""
        # The store runs its work through the bus' threads, so it cannot be imported before the bus.
        from shared.file_keys import remove_stray_files

        remove_stray_files(call)
