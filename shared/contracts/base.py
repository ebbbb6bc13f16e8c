"""What every event has in common, and how it crosses the wire as JSON."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints


class UnknownEvent(Exception):
    """An envelope names an event that no contract declares."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """A fact that happened in one service and that others may act on.

    Subclasses declare `publisher` (the service that owns the fact) and `key_field` (the field that holds the
    id of the aggregate: events of one key are delivered in order). `version` is the aggregate's version after
    the change, so that a copy can ignore older news.
    """

    publisher: ClassVar[str]
    key_field: ClassVar[str]

    version: int = 0

    @classmethod
    def wire_name(cls) -> str:
        """The routing key: the class name in snake case, `OrderApproved` → `order_approved`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def key(self) -> str:
        """Id of the aggregate the event is about."""
        return str(getattr(self, self.key_field))

    def encode(self) -> dict[str, Any]:
        """The event's fields as JSON types: money and quantities as strings, times as RFC 3339 UTC."""
        return {field.name: _encode(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def decode(cls, data: dict[str, Any]) -> Self:
        """Build the event from JSON; unknown fields are ignored.

        Raises ValueError, TypeError or KeyError when a known field is missing or of the wrong shape.
        """
        return cls(**_known_fields(cls, data))


def event_classes() -> dict[tuple[str, str], type[Event]]:
    """Every declared event by (publisher, wire name)."""
    from shared.contracts import activity, customer, finance, identity, pool, sales

    modules = (identity, customer, pool, sales, finance, activity)
    found = (item for module in modules for item in vars(module).values())
    declared = {item for item in found if isinstance(item, type) and issubclass(item, Event) and "publisher" in _own(item)}
    return {(event.publisher, event.wire_name()): event for event in sorted(declared, key=lambda event: event.__name__)}


_event_classes = cache(event_classes)


def _own(event: type[Event]) -> set[str]:
    return {name for base in event.__mro__ for name in vars(base)}


def event_class(publisher: str, name: str) -> type[Event]:
    """The class declared for a wire name. Raises UnknownEvent."""
    try:
        return _event_classes()[publisher, name]
    except KeyError:
        raise UnknownEvent(f"{publisher}.{name}") from None


def _encode(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_encode(item) for item in value]
    return value


@cache
def _hints(cls: type) -> dict[str, Any]:
    return {field.name: get_type_hints(cls)[field.name] for field in dataclasses.fields(cls)}


def _known_fields(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    return {name: _decode(hint, data[name]) for name, hint in _hints(cls).items() if name in data}


def _decode(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = next(arg for arg in get_args(hint) if arg is not type(None))
        return None if value is None else _decode(inner, value)
    if origin is tuple:
        return tuple(_decode(get_args(hint)[0], item) for item in value)
    if dataclasses.is_dataclass(hint):
        return typing.cast(type, hint)(**_known_fields(typing.cast(type, hint), value))
    if hint is Decimal:
        return Decimal(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    if not isinstance(value, hint):
        raise TypeError(f"expected {hint.__name__}, got {type(value).__name__}")
    return value
