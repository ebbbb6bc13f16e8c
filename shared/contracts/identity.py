"""What the gateway tells about people and the organisation: who there is, who reports to whom, which days and money count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class UserCreated(Event):
    """A user was added. `manager_id` is the reporting line that "subordinates" means everywhere; `remind_by_mail` whether they want reminders at `email` too."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "user_id"

    user_id: str
    name: str
    manager_id: str | None
    department_id: str | None
    roles: tuple[str, ...]
    is_active: bool
    username: str = ""
    email: str | None = None
    language: str | None = None
    remind_by_mail: bool = False


@dataclass(frozen=True, kw_only=True)
class UserUpdated(UserCreated):
    """A user's name, address, place in the organisation, roles or activity changed; carries all of them as they are now."""


@dataclass(frozen=True, kw_only=True)
class UserHandedOver(Event):
    """Somebody leaves: what they hold goes to `to_user_id`; with `to_pool` their customers go to the pool instead."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "user_id"

    user_id: str
    to_user_id: str
    to_pool: bool


@dataclass(frozen=True, kw_only=True)
class UserImpersonated(Event):
    """An administrator begins to act as a user, to help them, for this reason."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "user_id"

    user_id: str
    session_id: str
    impersonated_by: str
    impersonated_by_name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DepartmentCreated(Event):
    """A department was added to the tree."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "department_id"

    department_id: str
    name: str
    parent_id: str | None


@dataclass(frozen=True, kw_only=True)
class DepartmentUpdated(DepartmentCreated):
    """A department was renamed or moved."""


@dataclass(frozen=True, kw_only=True)
class DepartmentDeleted(Event):
    """A department was removed; it had neither people nor departments below it."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "department_id"

    department_id: str


@dataclass(frozen=True, kw_only=True)
class RoleScope:
    """How far a role sees in a module: own, team, department or all; the module "*" is every other."""

    module: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class RoleCreated(Event):
    """A role was added: what those who have it may do, and how far they see."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "role_id"

    role_id: str
    code: str
    name: str
    permissions: tuple[str, ...]
    scopes: tuple[RoleScope, ...]


@dataclass(frozen=True, kw_only=True)
class RoleUpdated(RoleCreated):
    """A role changed; carries all of it as it is now."""


@dataclass(frozen=True, kw_only=True)
class RoleDeleted(Event):
    """A role was removed; nobody had it."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "role_id"

    role_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class OrganisationUpdated(Event):
    """The organisation's settings as they are now: told at the first start and after each change. `working_days` are ISO weekdays."""

    publisher: ClassVar[str] = "identity"
    key_field: ClassVar[str] = "organisation_id"

    organisation_id: str
    name: str
    time_zone: str
    currency: str
    working_days: tuple[int, ...]
