"""The identity service: users, departments and roles, served like any other module."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from gateway import actions, schemas
from gateway.models import Base, Department, Role, User
from shared.bus import Call, Service, rpc
from shared.caller import Caller
from shared.contracts.identity import DepartmentCreated, UserCreated
from shared.db import existing
from shared.resources import Resource


def everybody(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Names of colleagues, departments and roles are no secret inside the organisation."""
    return true()


USERS = Resource(
    "users", User, schemas.UserSchema,
    create=actions.create_user, update=actions.update_user, delete=actions.delete_user, prepare=actions.check_password,
    create_schema=schemas.CreateUserInput, update_schema=schemas.UpdateUserInput, scope=everybody,
    created=lambda user: user.told(UserCreated), updated=User.told, search=("username", "display_name", "email"),
    operations=("list", "get", "create", "update", "delete", "history", "describe", "export"),
)  # fmt: skip
DEPARTMENTS = Resource(
    "departments", Department, schemas.DepartmentSchema,
    create=actions.create_department, update=actions.save_department, delete=actions.delete_department, scope=everybody,
    created=lambda department: department.told(DepartmentCreated), updated=Department.told, search=("name",),
)  # fmt: skip
ROLES = Resource(
    "roles", Role, schemas.RoleSchema, create=actions.create_role, update=actions.save_role, delete=actions.delete_role,
    scope=everybody, search=("code", "name"),
    operations=("list", "get", "create", "update", "delete", "history", "describe", "export"),
)  # fmt: skip


class IdentityService(Service):
    """Who there is, who reports to whom, and what each role may do."""

    name = "identity"
    base = Base
    resources = (USERS, DEPARTMENTS, ROLES)
    unique = {"users.username_key": ("username", "username_taken"), "roles.code": ("code", "value_taken")}

    @rpc(takes=schemas.UserIdInput, read=True)
    def vouch_for_user(self, call: Call, *, user_id: str) -> dict[str, Any]:
        """The facts of a user that a service has not heard of yet."""
        user = existing(call.db, User, user_id)
        return user.told().encode() | {"version": user.version}
