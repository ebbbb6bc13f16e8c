"""Who is calling: made by the gateway, carried in the message context, trusted by the services."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, Self

import orjson

from shared.i18n import DEFAULT_LANGUAGE

ALL = "*"
READ_BEFORE = 1000
"""Headers remembered with what they say: a person's header stays the same until their rights change."""


class Rights(NamedTuple):
    """What a caller may do and see, without who asks when and how: equal for all with the same rights."""

    user_id: str | None
    department_id: str | None
    permissions: frozenset[str]
    scopes: tuple[tuple[str, str], ...]

    def may(self, permission: str) -> bool:
        """Whether a permission is among them."""
        return _may(self.permissions, permission)

    def scope(self, module: str) -> str:
        """How far they reach in a module; what no role mentions is one's own."""
        return _reach(dict(self.scopes), module)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A person (or the system itself) with what they may do.

    `permissions` are names like "order:approve", or "*" for all. `scopes` gives per module ("orders") how far
    the caller sees: own, team, department or all. `field_rights` gives per module the fields that are "hidden" or "read_only" to them. `channel` says how the call came: web, token, event, timer, system.
    `impersonated_by` is who really acts, where somebody acts in this person's place to help them.
    """

    user_id: str | None
    name: str = ""
    department_id: str | None = None
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    scopes: dict[str, str] = field(default_factory=dict)
    field_rights: dict[str, dict[str, str]] = field(default_factory=dict)
    language: str = DEFAULT_LANGUAGE
    channel: str = "web"
    request_id: str = ""
    impersonated_by: str | None = None

    @classmethod
    def system(cls, *, channel: str = "system", request_id: str = "") -> Self:
        """The suite acting by itself: timers, events, presets. It may do everything."""
        return cls(user_id=None, name="system", permissions=frozenset({ALL}), scopes={ALL: "all"}, channel=channel,
                   request_id=request_id)  # fmt: skip

    @property
    def rights(self) -> Rights:
        """What the caller may do and see."""
        return Rights(self.user_id, self.department_id, self.permissions, tuple(self.scopes.items()))

    def may(self, permission: str) -> bool:
        """Whether the caller holds a permission."""
        return _may(self.permissions, permission)

    def scope(self, module: str) -> str:
        """How far the caller sees in a module; what no role mentions is their own."""
        return _reach(self.scopes, module)

    def on_channel(self, channel: str) -> Self:
        """The same person through another channel, as when an event carries on what they did."""
        return replace(self, channel=channel)

    def to_header(self) -> str:
        """The caller as one JSON text for a message header."""
        plain = {**vars(self), "permissions": sorted(self.permissions)}
        if self.impersonated_by is None:
            # A service that is a version behind refuses what it does not know; it meets this only where somebody uses it.
            del plain["impersonated_by"]
        return orjson.dumps(plain).decode()

    @staticmethod
    @lru_cache(READ_BEFORE)
    def from_header(header: str) -> Caller:
        """The caller a header tells of. Raises ValueError when it cannot be read."""
        try:
            data: dict[str, Any] = orjson.loads(header)
            data["roles"] = tuple(data.get("roles", ()))
            data["permissions"] = frozenset(data.get("permissions", ()))
            return Caller(**data)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("caller header cannot be read") from error


def _may(permissions: frozenset[str], permission: str) -> bool:
    return permission in permissions or ALL in permissions


def _reach(scopes: dict[str, str], module: str) -> str:
    return scopes.get(module) or scopes.get(ALL) or "own"
