"""A small office behind real doors: people with roles, customers, a product, and news that goes round at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from gateway import actions as identity_actions
from gateway.models import Revision, Role, User
from gateway.service import IdentityService
from services.activity import presets as activity_presets
from services.customer import presets as customer_presets
from services.finance import presets as finance_presets
from services.pool import presets as pool_presets
from shared import clock
from shared.bus import Service, publish
from shared.caller import Caller
from shared.contracts.identity import UserCreated
from shared.db import new_id
from tests.doors import Refused, TestDoor
from tests.patience import all_at_once

T = TypeVar("T")
_numbers = itertools.count(1)


class Office:
    """Doors that hear each other. `office.sales`, `office.finance`, ... are the doors; identity is always there."""

    def __init__(self, door_of: Callable[..., TestDoor], *services: type[Service]) -> None:
        first = door_of(IdentityService, *services)
        self.doors = {first.service.name: first, **first.neighbours}
        self.load_presets()
        self.admin = self.hire("Admin")

    def load_presets(self) -> None:
        """The rows that must be there."""
        with self.identity.database.transaction() as db:
            if db.get(Revision, 1) is None:
                db.add(Revision(id=1, number=1))
        for name, load in (
            ("customer", customer_presets.load),
            ("finance", finance_presets.load),
            ("pool", pool_presets.load),
            ("activity", activity_presets.load),
        ):
            if name in self.doors:
                with self.doors[name].database.transaction() as db:
                    load(db, self.doors[name].settings)

    def __getattr__(self, name: str) -> TestDoor:
        try:
            found: TestDoor = self.__dict__["doors"][name]
        except KeyError:
            raise AttributeError(name) from None
        return found

    def hire(self, name: str, *permissions: str, scope: str = "own", manager: Caller | None = None, active: bool = True) -> Caller:
        """Somebody with these permissions and data scope, who sees what is sold; without permissions they may do and see everything."""
        scopes = {"*": scope if permissions else "all", "products": "all", "price-lists": "all"}
        with self.identity.database.transaction() as db:
            role = Role(code=f"r{next(_numbers)}", name=name, permissions=list(permissions or ("*",)), scopes=scopes)
            db.add(role)
            db.flush()
            data = {"username": f"{name}{next(_numbers)}", "display_name": name, "password_hash": "!", "roles": [role.code],
                    "manager_id": manager.user_id if manager else None, "is_active": active}  # fmt: skip
            user: User = identity_actions.create_user(db, data=data, caller=Caller.system(), now=clock.now())
            db.flush()
            publish(db, user.told(UserCreated))
            caller = Caller(user_id=user.id, name=name, permissions=frozenset(permissions or ("*",)), scopes=scopes, language="en")
        self.settle()
        return caller

    def settle(self) -> None:
        """Let all news go round."""
        for door in self.doors.values():
            door.pass_on()

    def customer(self, owner: Caller, **fields: Any) -> Any:
        """A customer of this owner."""
        return self.customer_door.call("create_customer", owner, **{"name": f"Customer {next(_numbers)}", **fields})

    @property
    def customer_door(self) -> TestDoor:
        """The door of customer."""
        return self.doors["customer"]

    def product(self, **fields: Any) -> Any:
        """A product at 100.00 that costs 60.00."""
        given = {"code": f"P{next(_numbers)}", "name": "Pump", "list_price": "100.00", "cost": "60.00", **fields}
        return self.sales.call("create_product", self.admin, **given)

    def order(self, owner: Caller, customer_id: str, *lines: dict[str, Any], **fields: Any) -> Any:
        """A draft order."""
        return self.sales.call("create_order", owner, **{"customer_id": customer_id, "subject": "Pumps", "lines": list(lines), **fields})

    def approved(self, owner: Caller, customer_id: str, *lines: dict[str, Any], by: Caller, **fields: Any) -> Any:
        """An approved order; the news is not passed on yet."""
        order = self.order(owner, customer_id, *lines, **fields)
        self.sales.call("submit_order", owner, id=order["id"], approver_id=by.user_id)
        return self.sales.call("approve_order", by, id=order["id"])


def refusal(door: TestDoor, method: str, caller: Caller, /, **kwargs: Any) -> Refused:
    """How a call is refused. Fails when it is not."""
    try:
        answer = door.call(method, caller, **kwargs)
    except Refused as refused:
        return refused
    raise AssertionError(f"{method} was not refused: {answer}")


def at_once(jobs: Iterable[Callable[[], T]]) -> list[T | Refused]:
    """Do all jobs at the same moment, each on a thread of its own: what each gave, or how it was refused."""
    return all_at_once(jobs, Refused)


def some_id() -> str:
    """An id nobody has."""
    return new_id()
