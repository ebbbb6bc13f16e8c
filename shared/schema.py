"""Shapes in and out: marshmallow fields that refuse what is not meant, with stable error codes.

A refused value is told as a code with parameters ("too_long?max=200"); `field_errors` turns marshmallow's nested
messages into the flat form that `shared.errors.Invalid` carries. Fields know how to write themselves as JSON
(`encode`), so that `dumper` can write a row without marshmallow's per-field machinery (decision 0009).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, cast

import marshmallow as ma
from marshmallow import ValidationError

from shared.errors import FieldErrors

METADATA = ("filterable", "sortable", "search", "label", "help", "reference", "custom", "tones")


class Schema(ma.Schema):
    """A shape. Unknown fields are refused; so are fields that only the system writes.

    `reads_query` is set where values come from a query string and are all text. `partial_fields` may be missing
    though required: an update sends only what it changes. `shown` are fields of the record that this shape does not take.
    """

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "unknown_field", "type": "invalid_object"}
    reads_query = False
    partial_fields: ClassVar[tuple[str, ...]] = ()
    shown: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"partial": self.partial_fields or None, **kwargs})


class Field(ma.fields.Field[Any]):
    """Base of our fields: `kind` is the type's name in metadata, `encode` writes a value as JSON."""

    kind = "text"
    default_error_messages = {
        "required": "required", "null": "must_not_be_null", "validator_failed": "invalid_value"
    }  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        known = {name: kwargs.pop(name) for name in METADATA if name in kwargs}
        super().__init__(metadata={**kwargs.pop("metadata", {}), **known}, **kwargs)

    def encode(self, value: Any) -> Any:
        """A non-null value as a JSON type."""
        return value

    @property
    def from_query(self) -> bool:
        """Whether the value comes from a query string, where numbers and flags are written as text."""
        return bool(getattr(self.root, "reads_query", False))

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self.encode(value)


class Text(Field):
    """One line of text, at most `max` characters, without control characters; surrounding blanks are cut.

    A required text may not be blank.
    """

    kind = "text"
    multiline = False

    def __init__(self, max: int = 200, *, min: int = 0, **kwargs: Any) -> None:
        self.max = max
        self.min = min or (1 if kwargs.get("required") else 0)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("invalid_text")
        if len(value) > self.max:
            raise ValidationError(f"too_long?max={self.max}")
        text = value.strip()
        if not text.isprintable() and not all(self._allowed(char) for char in text):
            raise ValidationError("forbidden_characters")
        if len(text) < self.min:
            raise ValidationError("must_not_be_blank" if self.min == 1 else f"too_short?min={self.min}")
        return text

    def _allowed(self, char: str) -> bool:
        if char.isprintable() or unicodedata.category(char) in {"Cf", "Zs", "Co", "Cn"}:
            return True
        return self.multiline and char in "\n\r\t"


class LongText(Text):
    """Text of several lines."""

    kind = "long_text"
    multiline = True

    def __init__(self, max: int = 10_000, **kwargs: Any) -> None:
        super().__init__(max, **kwargs)


class Pattern(Text):
    """Text that follows a pattern; an empty one is allowed unless required."""

    pattern: ClassVar[re.Pattern[str]]
    code: ClassVar[str]

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not self.pattern.fullmatch(text):
            raise ValidationError(self.code)
        return text


class Email(Pattern):
    """An e-mail address."""

    kind = "email"
    pattern = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}")
    code = "invalid_email"


class Phone(Pattern):
    """A phone number as people write it."""

    kind = "phone"
    pattern = re.compile(r"[0-9+()./#*\- ,;extEXT转轉]{3,40}")
    code = "invalid_phone"


class Url(Pattern):
    """A web address; only http and https."""

    kind = "url"
    pattern = re.compile(r"(https?://)?[^\s<>\"'/]+\.[^\s<>\"']+", re.IGNORECASE)
    code = "invalid_url"


class Id(Field):
    """A record's id: a UUID in its usual 36 characters."""

    kind = "id"
    pattern = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValidationError("invalid_id")
        return value


class Whole(Field):
    """A whole number between `min` and `max`."""

    kind = "integer"

    def __init__(self, *, min: int = -(2**31), max: int = 2**31 - 1, **kwargs: Any) -> None:
        self.min, self.max = min, max
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if self.from_query and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("invalid_whole_number")
        if not self.min <= value <= self.max:
            raise ValidationError(f"out_of_range?min={self.min:,}&max={self.max:,}")
        return value


class Exact(Field):
    """An exact decimal with at most `places` places; travels as text, is a Decimal inside.

    `positive` demands more than zero, `min` and `max` bound it. A JSON float is taken only where `floats` says so: money
    never is one.
    """

    places = 2
    floats = True

    def __init__(self, *, positive: bool = False, min: str | None = None, max: str | None = None, **kwargs: Any) -> None:
        self.positive = positive
        self.min = None if min is None else Decimal(min)
        self.max = None if max is None else Decimal(max)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Decimal:
        text = repr(value) if isinstance(value, float) and self.floats else value
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text, re.ASCII):
            raise ValidationError("invalid_decimal")
        whole, _, fraction = text.lstrip("-").partition(".")
        if len(fraction.rstrip("0")) > self.places:
            raise ValidationError(f"too_many_places?places={self.places}")
        if len(whole.lstrip("0")) > 13:
            raise ValidationError("number_too_large")
        return self._bounded(Decimal(text[: len(text) - len(fraction)].rstrip(".") + "." + fraction[: self.places].ljust(1, "0")))

    def _bounded(self, number: Decimal) -> Decimal:
        if self.positive and number <= 0:
            raise ValidationError("must_be_positive")
        if self.min is not None and number < self.min:
            raise ValidationError(f"too_small?min={self.min:,}")
        if self.max is not None and number > self.max:
            raise ValidationError(f"too_big?max={self.max:,}")
        return number.quantize(Decimal(1).scaleb(-self.places))

    def encode(self, value: Any) -> Any:
        return format(value, "f")


class Money(Exact):
    """An amount: text with two places, "1200.00"."""

    kind = "money"
    floats = False

    def encode(self, value: Any) -> Any:
        return f"{value:.2f}"


class Quantity(Exact):
    """A quantity with up to three places."""

    kind = "quantity"
    places = 3


class Number(Exact):
    """Any number with up to four places."""

    kind = "number"
    places = 4


class Percent(Exact):
    """A percentage with up to two places: "12.50" is 12.5 %."""

    kind = "percent"


class Moment(Field):
    """A moment: RFC 3339 with a time zone; UTC inside and on the way out."""

    kind = "datetime"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+(Z|z|[+-][0-9:]+)", value):
            raise ValidationError("invalid_moment")
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("invalid_moment") from None
        if not 1900 <= moment.year <= 2200:
            raise ValidationError("date_out_of_range")
        return moment

    def encode(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")


class Day(Field):
    """A calendar day: ISO date."""

    kind = "date"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            raise ValidationError("invalid_date")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError("invalid_date") from None
        if not 1900 <= day.year <= 2200:
            raise ValidationError("date_out_of_range")
        return day

    def encode(self, value: Any) -> Any:
        return value.isoformat()


class Choice(Field):
    """One of a fixed set: an Enum class with text values, or the values themselves."""

    kind = "choice"

    def __init__(self, choices: type[Enum] | Iterable[str], **kwargs: Any) -> None:
        listed = cast(Iterable[Any], choices)
        self.choices = tuple(str(choice.value) if isinstance(choice, Enum) else str(choice) for choice in listed)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(f"invalid_choice?choices={', '.join(self.choices)}")
        return value

    def encode(self, value: Any) -> Any:
        return str(value)


class Dictionary(Text):
    """One entry of a dictionary that an administrator edits; which values there are is known only where the database is.

    `name` is the dictionary's ("customer_source"), `presets` the values it starts with. Those in `kept` cannot be retired: code
    relies on them.
    """

    kind = "choice"

    def __init__(self, name: str, presets: type[Enum] | Iterable[str], *, kept: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.dictionary, self.presets, self.kept = name, Choice(presets).choices, kept
        super().__init__(40, **kwargs)


class Flag(Field):
    """Yes or no."""

    kind = "yes_no"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if self.from_query and value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise ValidationError("invalid_flag")
        return value


class Many(Field):
    """A list of `inner` fields or schemas, of `min` to `max` items; a `unique` one refuses repeats."""

    kind = "list"

    def __init__(self, inner: Field | type[Schema], *, min: int = 0, max: int = 1000, unique: bool = False, **kwargs: Any) -> None:
        self.inner = inner() if isinstance(inner, type) else inner
        self.min, self.max, self.unique = min, max, unique
        super().__init__(**kwargs)
        if isinstance(self.inner, Schema):
            self._dump_item = dumper(type(self.inner))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("invalid_list")
        if len(value) > self.max:
            raise ValidationError(f"too_many_items?max={self.max}")
        if len(value) < self.min:
            raise ValidationError(f"too_few_items?min={self.min}")
        items = self._items(value)
        if self.unique and len(set(items)) < len(items):
            raise ValidationError("repeated_items")
        return items

    def _items(self, value: list[Any]) -> list[Any]:
        loaded, errors = [], {}
        for index, item in enumerate(value):
            try:
                loaded.append(self.inner.load(item) if isinstance(self.inner, Schema) else self.inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(cast(Any, errors))
        return loaded

    def encode(self, value: Any) -> Any:
        one = self._dump_item if isinstance(self.inner, Schema) else self.inner.encode
        return [one(item) for item in value]


class One(Field):
    """One nested object of a schema."""

    kind = "object"

    def __init__(self, inner: type[Schema], **kwargs: Any) -> None:
        self.inner = inner()
        self._dump_item = dumper(inner)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return self.inner.load(value)

    def encode(self, value: Any) -> Any:
        return self._dump_item(value)


class Several(Many):
    """Some of a set of choices."""

    kind = "multi_choice"


class Json(Field):
    """Any JSON value, passed through; used for what a service explains in words of its own."""

    kind = "json"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return value


class Part(dict[str, Any]):
    """A row of which only these fields were asked for."""


def dumper(schema: type[Schema]) -> Callable[[Any], dict[str, Any]]:
    """A function that writes an object (or mapping) in a schema's shape, of a Part what it has. Made once per schema."""
    fields = [
        (name, field.attribute or name, None if type(field).encode is Field.encode else field.encode)
        for name, field in schema().dump_fields.items()
        if isinstance(field, Field)
    ]

    def dump(record: Any) -> dict[str, Any]:
        # What a record holds by itself is taken from there: asking it as an attribute takes several times as long.
        is_mapping = isinstance(record, Mapping)
        known = record if is_mapping else getattr(record, "__dict__", {})
        row = {}
        for name, attribute, encode in [one for one in fields if one[1] in record] if isinstance(record, Part) else fields:
            value = known[attribute] if attribute in known else None if is_mapping else getattr(record, attribute, None)
            row[name] = value if value is None or encode is None else encode(value)
        return row

    return dump


def loader(schema: Schema) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that loads as `schema.load` does, but looks at the fields given only: many sparse rows load several times faster.

    A schema with hooks after or around the loading is loaded by itself.
    """
    if any(hooks for kind, hooks in schema._hooks.items() if kind != "pre_load"):
        return cast(Callable[[dict[str, Any]], dict[str, Any]], schema.load)
    before = [getattr(schema, name) for name, *_ in schema._hooks["pre_load"]]
    fields = {field.data_key or name: (field.attribute or name, field) for name, field in schema.load_fields.items()}
    partial = schema.partial if isinstance(schema.partial, (tuple, list, set)) else ()
    always = [key for key, (_, field) in fields.items() if key not in partial and (field.required or field.load_default is not ma.missing)]

    def load(raw: dict[str, Any]) -> dict[str, Any]:
        loaded, errors = {}, {}
        for hook in before:
            raw = hook(raw)
        for key in (*raw, *(key for key in always if key not in raw)):
            name, field = fields.get(key, ("", None))
            try:
                if field is None:
                    raise ValidationError("unknown_field")
                loaded[name] = _deserialized(field, raw.get(key, ma.missing), key, raw)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(cast(Any, errors))
        return loaded

    return load


def _deserialized(field: Any, value: Any, key: str, raw: dict[str, Any]) -> Any:
    plain = value is not None and value is not ma.missing and not field.validators
    return field._deserialize(value, key, raw) if plain else field.deserialize(value, key, raw)


def field_errors(error: ValidationError, schema: ma.Schema | None = None) -> FieldErrors:
    """Marshmallow's nested messages as {"lines.0.quantity": [(code, params)]}."""
    found: FieldErrors = {}
    _flatten(error.messages, "", found)
    read_only = _read_only(schema) if schema else set()
    return {
        name: [("read_only", {}) if code == "unknown_field" and name in read_only else (code, params) for code, params in codes]
        for name, codes in found.items()
    }  # fmt: skip


def _read_only(schema: ma.Schema) -> set[str]:
    """What the system writes of a shape's fields, those of an object within it as "changes.status"."""
    found = (set(schema.dump_fields) | getattr(schema, "shown", frozenset())) - set(schema.load_fields)
    for name, field in schema.load_fields.items():
        inner = getattr(field, "inner", None)
        if isinstance(inner, ma.Schema) and not isinstance(field, Many):
            found |= {f"{name}.{one}" for one in _read_only(inner)}
    return found


def _flatten(messages: Any, path: str, found: FieldErrors) -> None:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = "" if key == ma.exceptions.SCHEMA else str(key)
            _flatten(inner, ".".join(part for part in (path, step) if part), found)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            code, _, query = str(message).partition("?")
            params = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
            found.setdefault(path or "body", []).append((code, params))
