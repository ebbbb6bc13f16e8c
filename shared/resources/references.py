"""Names instead of ids, both ways: what a file shows for a reference, and which record a name in a file means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from shared.bus.calls import Call
from shared.people import Person, names_of

USERS = "users"


def named(call: Call, resources: Iterable[Any], module: str) -> Any:
    """The way to name records of a module here (`names`, `ids`); None where this service does not keep them."""
    if module == USERS:
        return People(call)
    found = next((one for one in resources if one.module == module and one.named_by), None)
    return Records(call, found) if found else None


class People:
    """Users by user name or by the name they show."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names by id."""
        return names_of(self._call.db, ids)

    def ids(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The ids a name may mean, by name as given; whatever the case. A user name goes before a shown name."""
        wanted = {name: name.casefold() for name in names}
        folded = set(wanted.values())
        keys = {"username": func.lower(Person.username), "name": func.lower(Person.name)}
        found: dict[str, dict[str, list[str]]] = {kind: defaultdict(list) for kind in keys}
        for kind, key in keys.items():
            for person_id, text in self._call.db.execute(select(Person.id, key).where(key.in_(folded), Person.is_active)):
                found[kind][text].append(person_id)
        return {name: found["username"].get(key) or found["name"].get(key) or [] for name, key in wanted.items()}


class Records:
    """Records of a resource of this service, by what people call them, as far as the caller sees them."""

    def __init__(self, call: Call, resource: Any) -> None:
        self._call, self._resource = call, resource
        self._name = getattr(resource.model, resource.named_by)

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names by id."""
        wanted = set(ids)
        model = self._resource.model
        rows = self._call.db.execute(select(model.id, self._name).where(model.id.in_(wanted))) if wanted else ()
        return {record_id: name for record_id, name in rows}

    def ids(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The ids a name may mean, by name as given; a record's id stands for itself."""
        wanted = set(names)
        model = self._resource.model
        seen = self._resource.query(self._call.db, self._call.caller).with_only_columns(model.id, self._name)
        found: dict[str, list[str]] = {name: [] for name in wanted}
        for record_id, name in self._call.db.execute(seen.where(self._name.in_(wanted) | model.id.in_(wanted))):
            for key in {record_id, name} & wanted:
                found[key].append(record_id)
        return found
