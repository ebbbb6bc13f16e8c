"""Custom fields at work: how a field an administrator defined takes, stores, finds and shows its values.

Values lie in the record's `custom` column under the field's name, as JSON that sorts and compares in SQL on both databases:
exact numbers as whole numbers of their smallest unit, days and moments as ISO text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, pre_load
from sqlalchemy import BigInteger, ColumnElement, cast, type_coerce
from sqlalchemy.types import TypeDecorator

from shared import schema
from shared.db.types import MoneyType, NumberType, TextDay, TextMoment
from shared.errors import FieldErrors
from shared.resources.configuration import Definition
from shared.schema import Choice, Field, Schema, Several, field_errors

PREFIX = "c_"

FIELDS: dict[str, Callable[[Definition], Field]] = {
    "text": lambda one: schema.Text(allow_none=True),
    "long_text": lambda one: schema.LongText(allow_none=True),
    "integer": lambda one: schema.Whole(allow_none=True),
    "number": lambda one: schema.Number(allow_none=True),
    "money": lambda one: schema.Money(allow_none=True),
    "date": lambda one: schema.Day(allow_none=True),
    "datetime": lambda one: schema.Moment(allow_none=True),
    "choice": lambda one: Choice(_values(one), allow_none=True),
    "multi_choice": lambda one: Several(Choice(_values(one)), max=50, unique=True, allow_none=True),
    "yes_no": lambda one: schema.Flag(allow_none=True),
    "user": lambda one: schema.Id(allow_none=True, reference="users"),
    "phone": lambda one: schema.Phone(allow_none=True),
    "email": lambda one: schema.Email(allow_none=True),
    "url": lambda one: schema.Url(max=500, allow_none=True),
}
"""The types a custom field may have."""

STORED: dict[str, TypeDecorator[Any]] = {"money": MoneyType(), "number": NumberType(), "date": TextDay(), "datetime": TextMoment()}


class CustomField:
    """One defined field, ready to use."""

    def __init__(self, definition: Definition) -> None:
        self.definition, self.name = definition, definition.name
        self.field = FIELDS[definition.kind](definition)
        self._stored = STORED.get(definition.kind)

    def load(self, value: Any) -> Any:
        """A value from a body, as it is stored. Raises ValidationError."""
        loaded = self.field.deserialize(value)
        if loaded in (None, "", []):
            if self.definition.required:
                raise ValidationError("must_not_be_null")
            return None
        return self._stored.process_bind_param(loaded, None) if self._stored else loaded  # type: ignore[arg-type]

    def show(self, stored: Any) -> Any:
        """A stored value as it stands in a row."""
        value = self._stored.process_result_value(stored, None) if self._stored else stored  # type: ignore[arg-type]
        return None if value is None else self.field.encode(value)

    def column(self, model: Any) -> ColumnElement[Any]:
        """The value in SQL, with its type."""
        value = model.custom[self.name]
        if self.definition.kind == "yes_no":
            return value.as_boolean()  # type: ignore[no-any-return]
        if self.definition.kind in ("integer", "money", "number"):
            return cast(value.as_string(), self._stored or BigInteger())
        return type_coerce(value.as_string(), self._stored) if self._stored else value.as_string()


class CustomInput(schema.Json):
    """The custom fields of a body, gathered: {"c_budget": raw value}. What they may be is known only where the database is."""


def with_custom(given: type[Schema]) -> type[Schema]:
    """The same shape, which takes custom fields too and gives them as `custom`."""

    def gather(self: Schema, data: Any, **kwargs: Any) -> Any:
        if not isinstance(data, dict) or not any(name.startswith(PREFIX) for name in data):
            return data
        own = {name: value for name, value in data.items() if not name.startswith(PREFIX)}
        return own | {PREFIX: {name: value for name, value in data.items() if name.startswith(PREFIX)}}

    body = {"custom": CustomInput(data_key=PREFIX), "gather": pre_load(gather), "__doc__": given.__doc__}
    return type(given.__name__, (given,), body)


def load_custom(known: dict[str, CustomField], raw: dict[str, Any]) -> tuple[dict[str, Any], FieldErrors]:
    """The values to store, and what is wrong with the others."""
    values: dict[str, Any] = {}
    errors: FieldErrors = {name: [("unknown_field", {})] for name in raw if name not in known}
    for name in raw.keys() & known.keys():
        try:
            values[name] = known[name].load(raw[name])
        except ValidationError as error:
            errors |= {f"{name}.{path}".removesuffix(".body"): codes for path, codes in field_errors(error).items()}
    return values, errors


def _values(definition: Definition) -> list[str]:
    return [choice["value"] for choice in definition.choices]
