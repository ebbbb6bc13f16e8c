"""Writes: the organisation, users, departments, roles and API tokens; what comes before a log-in."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway import queries, rules
from gateway.audit import audit
from gateway.models import ApiToken, Department, LoginFailure, Organisation, Role, SignOn, User
from gateway.modules import MODULES
from gateway.passwords import hash_password, verify_password
from gateway.sessions import end_sessions, refuse_impersonation
from gateway.tokens import API_TOKEN_PREFIX, hash_token
from shared.bus import Call, publish
from shared.caller import Caller
from shared.db import Record, find, new_id
from shared.db.organisation import keep_organisation
from shared.errors import Conflict, Invalid, StaleVersion, TooManyRequests
from shared.resources.shape import ALWAYS_SHOWN
from shared.trail import note

R = TypeVar("R", bound=Record)

HOLDERS = ("customer", "sales", "finance")


def update_organisation(call: Call, *, version: int, **changes: Any) -> Organisation:
    """Change the organisation's settings given; what was written before stays as it is. Raises StaleVersion."""
    organisation = call.db.scalars(select(Organisation).with_for_update()).one()
    if version != organisation.version:
        raise StaleVersion
    changed = {name: value for name, value in changes.items() if getattr(organisation, name) != value}
    if changed:
        told = {name: f"{_in_words(getattr(organisation, name))} → {_in_words(value)}" for name, value in changed.items()}
        audit(call.db, "organisation_changed", call.caller.user_id, call.now, **told)
        for name, value in changed.items():
            setattr(organisation, name, value)
        tell_of_organisation(call.db, organisation)
    return organisation


def tell_of_organisation(db: Session, organisation: Organisation) -> None:
    """Let everybody know the settings as they are now; identity itself with this commit."""
    db.flush()
    event = replace(organisation.told(), version=organisation.version)
    publish(db, event)
    keep_organisation(db, event)


def _in_words(value: Any) -> str:
    return " ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def check_password(call: Call, data: dict[str, Any]) -> None:
    """Replace a new password by its hash, before the transaction: hashing takes long. Raises Invalid."""
    password = data.pop("password", None)
    if password is not None:
        problem = rules.password_problem(password, data.get("username", ""))
        if problem:
            raise Invalid.field("password", problem)
        data["password_hash"] = hash_password(password)


def create_user(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> User:
    """Add a user. Raises Invalid for unknown roles, department or manager."""
    roles = data.pop("roles", [])
    user = User(id=new_id(), username_key=data["username"].casefold(), **data)
    user.role_rows = _roles(db, roles)
    _check_place(db, user, data)
    db.add(user)
    audit(db, "user_created", caller.user_id, now, user=user.id, roles=roles)
    return user


def update_user(db: Session, *, record: User, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a user. A new password ends their sessions; nobody gives one while they act in another's place."""
    if "password_hash" in changes:
        refuse_impersonation(caller)
        end_sessions(db, record.id, now)
        audit(db, "password_changed", caller.user_id, now, user=record.id)
    if "roles" in changes and changes["roles"] != (before := record.roles):
        record.role_rows = _roles(db, changes["roles"])
        if "admin" in before and "admin" not in changes["roles"]:
            _check_another_administrator(db, record)
        note(db, record, "updated", {"roles": [before, changes["roles"]]})
        # The version belongs to the row, and roles live in another one.
        record.updated_at = now
        audit(db, "roles_changed", caller.user_id, now, user=record.id, roles=changes["roles"])
    moved = {name for name in changes.keys() - {"roles"} if changes[name] != getattr(record, name)}
    for name in moved:
        setattr(record, name, changes[name])
    _check_place(db, record, moved)


def ask_for_holdings(call: Call, data: dict[str, Any]) -> None:
    """Ask each service that has owners what somebody holds there."""
    data["counts"] = {
        module: count for service in HOLDERS for module, count in call.ask(f"{service}.count_holdings", user_id=data["id"]).items()
    }


def check_pool_is_on(call: Call, data: dict[str, Any]) -> None:
    """Before customers are sent to the pool: is there one? Raises Conflict."""
    if data["to_pool"] and not call.ask("pool.get_pool_settings")["enabled"]:
        raise Conflict("pool_is_off")


def deactivate_user(call: Call, user: User, *, handover_to: str | None, to_pool: bool) -> User:
    """End somebody's access; what they hold goes to a colleague, by default their manager. Raises Conflict, Invalid."""
    if user.id == call.caller.user_id:
        raise Conflict("not_oneself")
    if not user.is_active:
        raise Conflict("user_is_inactive")
    heir = find(call.db, User, handover_to or user.manager_id or "")
    if heir is None or not heir.is_active or heir is user:
        raise Invalid.field("handover_to", "unknown_user")
    if "admin" in user.roles:
        _check_another_administrator(call.db, user)
    user.is_active = False
    end_sessions(call.db, user.id, call.now)
    audit(call.db, "user_deactivated", call.caller.user_id, call.now, user=user.id, handover_to=heir.id, to_pool=to_pool)
    publish(call.db, user.told())
    publish(call.db, user.handed_over(to_user_id=heir.id, to_pool=to_pool))
    return user


def reactivate_user(call: Call, user: User) -> User:
    """Let somebody in again. Raises Conflict."""
    if user.is_active:
        raise Conflict("user_is_active")
    user.is_active = True
    audit(call.db, "user_reactivated", call.caller.user_id, call.now, user=user.id)
    publish(call.db, user.told())
    return user


def update_profile(db: Session, user: User, changes: dict[str, Any]) -> User:
    """Change what people may change of themselves. Raises Invalid where reminders by mail have no address to go to."""
    for name, value in changes.items():
        setattr(user, name, value)
    if user.remind_by_mail and not user.email:
        raise Invalid.field("remind_by_mail" if "remind_by_mail" in changes else "email", "email_for_reminders")
    publish(db, user.told())
    return user


def delete_user(db: Session, *, record: User, caller: Caller, now: datetime) -> None:
    """Users are deactivated, never deleted: their name stands on what they did."""
    raise Conflict("users_are_deactivated")


def save_department(db: Session, *, record: Department, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Rename or move a department. Raises Invalid when it would hang below itself."""
    for name, value in changes.items():
        setattr(record, name, value)
    _check_tree(db, record)


def create_department(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Department:
    """Add a department."""
    department = Department(id=new_id(), **data)
    _check_tree(db, department)
    db.add(department)
    return department


def delete_department(db: Session, *, record: Department, caller: Caller, now: datetime) -> None:
    """Remove an empty department."""
    people = db.scalar(select(User.id).where(User.department_id == record.id).limit(1))
    below = db.scalar(select(Department.id).where(Department.parent_id == record.id, Department.deleted_at.is_(None)).limit(1))
    if people or below:
        raise Conflict("department_not_empty")
    record.deleted_at = now


def restore_department(db: Session, *, record: Department, caller: Caller, now: datetime) -> None:
    """Take a department out of the recycle bin. Raises Invalid while the one above it is in there."""
    record.deleted_at = None
    _check_tree(db, record)


def save_role(db: Session, *, record: Role, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change what a role may do."""
    if record.code == "admin":
        raise Conflict("admin_role_is_fixed")
    _check_rights(changes)
    for name, value in changes.items():
        setattr(record, name, value)
    audit(db, "role_changed", caller.user_id, now, role=record.code)


def create_role(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Role:
    """Add a role."""
    _check_rights(data)
    role = Role(**data)
    db.add(role)
    audit(db, "role_created", caller.user_id, now, role=role.code)
    return role


def delete_role(db: Session, *, record: Role, caller: Caller, now: datetime) -> None:
    """Remove a role nobody has."""
    if record.code in rules.DEFAULT_ROLES or db.scalar(select(User.id).where(User.role_rows.any(Role.id == record.id)).limit(1)):
        raise Conflict("role_in_use")
    record.deleted_at = now
    audit(db, "role_deleted", caller.user_id, now, role=record.code)


def restore_role(db: Session, *, record: Role, caller: Caller, now: datetime) -> None:
    """Take a role out of the recycle bin."""
    record.deleted_at = None
    audit(db, "role_restored", caller.user_id, now, role=record.code)


def purge_role(db: Session, *, record: Role, caller: Caller, now: datetime) -> None:
    """Delete a role for good."""
    audit(db, "role_purged", caller.user_id, now, role=record.code)
    db.delete(record)


def create_api_token(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> ApiToken:
    """Make a token for the caller; its text is in `token`, this once. Raises Invalid for a right the caller lacks or a past end."""
    for permission in data["permissions"]:
        if not caller.may(permission):
            raise Invalid.field("permissions", "unknown_permission", permission=permission)
    if not now < data["expires_at"] <= now + rules.LONGEST_TOKEN:
        raise Invalid.field("expires_at", "token_life", days=rules.LONGEST_TOKEN.days)
    text = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
    record = ApiToken(**{**data, "owner_id": caller.user_id}, token_hash=hash_token(text), prefix=text[:10])
    record.token = text
    db.add(record)
    audit(db, "api_token_created", caller.user_id, now, name=record.name, permissions=record.permissions)
    return record


def revoke_api_token(db: Session, *, record: ApiToken, caller: Caller, now: datetime) -> None:
    """End a token."""
    record.deleted_at = now
    audit(db, "api_token_revoked", caller.user_id, now, name=record.name, owner=record.owner_id)


def note_token_use(db: Session, token_hash: str, now: datetime) -> None:
    """Keep when a token was used last. It changes no right, so what workers cached stays good."""
    db.execute(update(ApiToken).where(ApiToken.token_hash == token_hash).values(last_used_at=now))


def check_present_password(call: Call, data: dict[str, Any]) -> None:
    """Verify the caller's password, before the transaction: hashing takes long. Raises Invalid."""
    with call.transaction(read=True) as db:
        present = db.get_one(User, call.caller.user_id).password_hash
    if not verify_password(data.pop("current_password"), present):
        raise Invalid.field("current_password", "wrong_password")


def check_new_password(call: Call, data: dict[str, Any]) -> None:
    """Verify the present password and hash the new one, before the transaction. Raises Invalid."""
    check_present_password(call, data)
    with call.transaction(read=True) as db:
        username = db.get_one(User, call.caller.user_id).username
    problem = rules.password_problem(data["new_password"], username)
    if problem:
        raise Invalid.field("new_password", problem)
    data["password_hash"] = hash_password(data.pop("new_password"))


def change_password(db: Session, user: User, password_hash: str, now: datetime) -> None:
    """Give oneself a new password; every log-in ends."""
    user.password_hash = password_hash
    end_sessions(db, user.id, now)
    audit(db, "password_changed", user.id, now)


def check_lock(db: Session, key: str, now: datetime) -> None:
    """Raise TooManyRequests while a name is locked out."""
    row = db.get(LoginFailure, key)
    if row and row.locked_until and row.locked_until > now:
        raise TooManyRequests("login_locked", seconds=max(1, round((row.locked_until - now).total_seconds())))


def note_failure(db: Session, key: str, username: str, now: datetime) -> None:
    """Count a failed log-in; the fifth in a row and each after it locks for a while that doubles. Raises IntegrityError where another was the first at the same moment."""
    row = db.get(LoginFailure, key, with_for_update=True) or LoginFailure(key=key, failures=0, last_at=now)
    row.failures = 1 if now - row.last_at > rules.LONGEST_LOCK * 2 else row.failures + 1
    lock = rules.lock_time(row.failures)
    row.last_at, row.locked_until = now, now + lock if lock else None
    db.add(row)
    audit(db, "login_failed", None, now, username=username)


def forget_failures(db: Session, key: str) -> None:
    """A right password ends the count of wrong ones."""
    db.execute(delete(LoginFailure).where(LoginFailure.key == key))


def link_sign_on(db: Session, user: User, issuer: str, subject: str, now: datetime) -> None:
    """Know a user by their subject at the sign-on provider from now on."""
    db.add(SignOn(issuer=issuer, subject=subject, user_id=user.id))
    audit(db, "sign_on_linked", user.id, now, issuer=issuer, subject=subject)


def _roles(db: Session, codes: list[str]) -> list[Role]:
    found = queries.roles_by_code(db, codes, held=True)
    for code in codes:
        if code not in found:
            raise Invalid.field("roles", "unknown_role", role=code)
    return [found[code] for code in dict.fromkeys(codes)]


def _check_another_administrator(db: Session, user: User) -> None:
    """Raise Conflict where nobody else who is active has the administrator's role."""
    # Two who take it from each other at once wait for one another here.
    db.scalars(select(Role).where(Role.code == "admin").with_for_update()).one()
    others = (User.id != user.id, User.is_active, User.deleted_at.is_(None), User.role_rows.any(Role.code == "admin"))
    if db.scalar(select(User.id).where(*others).limit(1)) is None:
        raise Conflict("last_administrator")


def _check_place(db: Session, user: User, moved: Collection[str]) -> None:
    """Raise Invalid for a new department or manager that cannot be; a manager who left meanwhile may stay."""
    with db.no_autoflush:
        if "department_id" in moved and user.department_id and _held(db, Department, user.department_id) is None:
            raise Invalid.field("department_id", "unknown_department")
        if "manager_id" in moved and user.manager_id:
            manager = _held(db, User, user.manager_id) if user.manager_id != user.id else None
            if manager is None or not manager.is_active:
                raise Invalid.field("manager_id", "unknown_user")
            if rules.makes_cycle(user.id, manager.id, lambda one: getattr(_held(db, User, one), "manager_id", None)):
                raise Invalid.field("manager_id", "reporting_line_cycle")


def _check_tree(db: Session, department: Department) -> None:
    with db.no_autoflush:
        if rules.makes_cycle(department.id, department.parent_id, lambda one: getattr(_held(db, Department, one), "parent_id", None)):
            raise Invalid.field("parent_id", "department_cycle")
        if department.parent_id and _held(db, Department, department.parent_id) is None:
            raise Invalid.field("parent_id", "unknown_department")


def _held(db: Session, model: type[R], row_id: str | None) -> R | None:
    """A record as it is now, and stays until the transaction ends: whoever hangs it elsewhere or removes it at the same moment waits. None where it was deleted."""
    found = db.get(model, row_id, with_for_update={"read": True})
    return None if found is None or found.deleted_at else found


def _check_rights(data: dict[str, Any]) -> None:
    unknown = rules.unknown_permissions(data.get("permissions", []))
    if unknown:
        raise Invalid.field("permissions", "unknown_permission", permission=unknown[0])
    scopes = data.get("scopes", {})
    if not isinstance(scopes, dict) or any(scope not in rules.SCOPES for scope in scopes.values()) or len(scopes) > 100:
        raise Invalid.field("scopes", "unknown_scope")
    _check_field_rights(data.get("field_rights", {}))


def _check_field_rights(rights: Any) -> None:
    if not isinstance(rights, dict) or not all(isinstance(fields, dict) for fields in rights.values()):
        raise Invalid.field("field_rights", "invalid_object")
    for module, fields in rights.items():
        if module not in MODULES:
            raise Invalid.field(f"field_rights.{module[:60]}", "unknown_module")
        for field, right in fields.items():
            if right not in rules.RESTRICTIONS or len(field) > 100:
                raise Invalid.field(f"field_rights.{module}.{field[:100]}", "unknown_restriction")
            if field in ALWAYS_SHOWN:
                raise Invalid.field(f"field_rights.{module}.{field}", "field_always_open")
