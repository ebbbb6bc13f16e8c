"""A module as one caller meets it now: its own fields and the custom ones, without what their roles hide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.bus.calls import Call
from shared.caller import Caller
from shared.errors import FieldErrors, Invalid
from shared.people import find_person
from shared.resources.choices import choice_problem, entries_of
from shared.resources.configuration import Configuration, configuration
from shared.resources.custom import CustomField, load_custom
from shared.resources.query import Dialect
from shared.schema import Choice, Field, Part, Schema

if TYPE_CHECKING:
    from shared.resources.resource import Resource

ALWAYS_SHOWN = frozenset({"id", "version", "can"})
"""What no role can hide or lock: without them nothing works."""

NOTHING = Configuration()


@dataclass(frozen=True)
class Shape:
    """What a caller may find, see and write of a resource.

    `custom` are the fields in use, `known` also the retired ones. `choices` are the entries of each dictionary and custom choice.
    """

    dialect: Dialect
    custom: dict[str, CustomField]
    known: dict[str, CustomField]
    choices: dict[str, list[dict[str, Any]]]
    hidden: frozenset[str]
    read_only: frozenset[str]

    def finish(self, records: list[Any], rows: list[dict[str, Any]]) -> None:
        """Add custom values to rows and take out what is hidden; "lines.cost" is the cost of each line."""
        for record, row in zip(records, rows, strict=True):
            for name, one in self.custom.items():
                row[name] = one.show(record.custom.get(name))
            for name in self.hidden:
                _remove(row, name)

    def only_seen(self, records: Iterable[Any], given: type[Schema]) -> list[Part]:
        """Records, or rows made of them, in another shape that has fields of theirs: without what is hidden."""
        names = [name for name in given().dump_fields if name not in self.hidden]
        return [
            Part((name, one[name] if isinstance(one, dict) else getattr(one, name)) for name in names) for one in records
        ]  # fmt: skip

    def load(self, call: Call, data: dict[str, Any], *, partial: bool, prefix: str = "") -> None:
        """Replace the raw custom values of a body by what is to be stored; a new record (not `partial`) gets defaults. Raises Invalid naming each wrong field."""
        if partial and "custom" not in data:
            return
        raw = data.pop("custom", {})
        values, errors = load_custom(self.custom, raw)
        if not partial:
            defaults = self._defaults(call)
            values = defaults | values
            errors |= {name: [("required", {})] for name in self._demanded(defaults) if name not in raw}
        if errors:
            raise Invalid(errors={prefix + name: codes for name, codes in errors.items()})
        if values or not partial:
            data["custom"] = values

    def required(self, call: Call) -> set[str]:
        """The custom fields that whoever makes a record must fill in: those without a default, of what they may write."""
        return self._demanded(self._defaults(call))

    def _demanded(self, defaults: dict[str, Any]) -> set[str]:
        demanded = {name for name, one in self.custom.items() if one.definition.required}
        return demanded - self.read_only - defaults.keys()

    def _defaults(self, call: Call) -> dict[str, Any]:
        """What a new record has in its custom fields, also in those its maker does not see. A user who left is none."""
        found = {}
        for name, one in self.known.items():
            default, is_user = one.definition.default, one.definition.kind == "user"
            if one.definition.is_active and default is not None and not (is_user and find_person(call.db, default) is None):
                found[name] = one.load(default)
        return found

    def check(self, call: Call, data: dict[str, Any], record: Any = None, *, prefix: str = "") -> None:
        """Raise Invalid for choices that are unknown or retired (an old one may stay), and custom users nobody knows."""
        errors: FieldErrors = {}
        old = (record.custom if record is not None and self.known else None) or {}
        for name, entries in self.choices.items():
            source, before = (data.get("custom", {}), old.get(name)) if name in self.custom else (data, getattr(record, name, None))
            code = choice_problem(source.get(name), before, entries)
            if code:
                errors[prefix + name] = [(code, {"choices": ", ".join(one["value"] for one in entries if one["is_active"])})]
        for name, value in data.get("custom", {}).items():
            if (
                value is not None
                and self.known[name].definition.kind == "user"
                and value != old.get(name)
                and find_person(call.db, value) is None
            ):
                errors[prefix + name] = [("unknown_user", {})]
        if errors:
            raise Invalid(errors=errors)


def shape_of(resource: Resource, call: Call) -> Shape:
    """The shape of a resource for this call; worked out once per revision and rights."""
    known = configuration(call) if resource.is_configurable else NOTHING
    key = (resource, call.package, frozenset(rights(call.caller, resource.module).items()))
    found = known.shapes.get(key)
    if found is None:
        found = known.shapes[key] = _shape(resource, call, known)
    return found  # type: ignore[no-any-return]


def rights(caller: Caller, module: str) -> dict[str, str]:
    """The fields of a module that are "hidden" or "read_only" to a caller."""
    return {name: right for name, right in caller.field_rights.get(module, {}).items() if name not in ALWAYS_SHOWN}


def check_rights(resource: Resource, caller: Caller, data: dict[str, Any], *, prefix: str = "") -> None:
    """Raise Invalid for fields of a body that the caller's roles hide or lock. `data` may hold raw custom values."""
    locked = rights(caller, resource.module)
    given = {**data, **(data.get("custom") or {})} if locked else {}
    codes = {"hidden": "unknown_field", "read_only": "read_only_for_you"}
    errors: FieldErrors = {
        prefix + name: [(codes[locked[name]], {})] for name in given if name in locked and not resource.is_default(name, given[name])
    }
    if errors:
        raise Invalid(errors=errors)


def _shape(resource: Resource, call: Call, known: Configuration) -> Shape:
    granted = rights(call.caller, resource.module)
    hidden = frozenset(name for name, right in granted.items() if right == "hidden")
    every = {one.name: CustomField(one) for one in known.fields.get(resource.module, ())} if resource.is_customizable else {}
    custom = {name: one for name, one in every.items() if one.definition.is_active and name not in hidden}
    entries = {name: entries_of(resource.noun, field, known, call.package) for name, field in resource.dictionaries.items()}
    choices = entries | {name: one.definition.choices for name, one in custom.items() if one.definition.choices}
    return Shape(
        dialect=_dialect(resource, hidden, custom, entries), custom=custom, known=every, choices=choices,
        hidden=hidden, read_only=frozenset(name for name, right in granted.items() if right == "read_only"),
    )  # fmt: skip


def _dialect(
    resource: Resource, hidden: frozenset[str], custom: dict[str, CustomField], entries: dict[str, list[dict[str, Any]]]
) -> Dialect:
    fields: dict[str, Field] = {name: one.field for name, one in custom.items()}
    for name in (entries.keys() & resource.dialect.fields.keys()) - hidden:
        # A filter may name every value there is, retired ones too.
        fields[name] = Choice((entry["value"] for entry in entries[name]), attribute=resource.dialect.fields[name].attribute)
    columns = {name: one.column(resource.model) for name, one in custom.items()}
    return resource.dialect.adapted(hidden=hidden, fields=fields, columns=columns)


def _remove(row: dict[str, Any], name: str) -> None:
    head, _, tail = name.partition(".")
    if not tail:
        row.pop(head, None)
    for item in row.get(head) or () if tail else ():
        item.pop(tail, None)
