"""Reads: the caller behind a session, and who is who."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway import rules
from gateway.audit_schemas import AuditEntrySchema, AuditLineSchema
from gateway.facts import facts_of, people_in, roles_in
from gateway.live import Holder
from gateway.models import ApiToken, AuditEntry, Department, Export, LoginSession, Organisation, Revision, Role, SignOn, User
from gateway.modules import MODULES, SCOPES
from gateway.routes import EXPORTS
from gateway.rules import impersonation_problem, least_restrictive, widest
from shared.bus import Call
from shared.caller import Caller
from shared.db import Quick
from shared.db.engine import Database
from shared.i18n import DEFAULT_LANGUAGE, label, labels
from shared.resources import Walk, export_list
from shared.resources.query import Dialect

TOKEN_CHANNEL = "token"  # noqa: S105
IMPERSONATE = "user:impersonate"

AUDIT = Dialect(AuditEntry, AuditEntrySchema, ("action",))

_THERE = (User.is_active, User.deleted_at.is_(None))

ENTRIES = select(AuditEntry)
"""A constant, so that the list dialect knows the statements made of it again."""
REVISION = Quick(select(Revision.number))


def organisation(db: Session) -> Organisation:
    """The organisation's settings."""
    return db.scalars(select(Organisation)).one()


def permissions() -> dict[str, Any]:
    """Everything a role can be given: nouns with their verbs and the module a scope narrows, and the scopes."""
    items = [{"noun": noun, "verbs": list(verbs), "module": SCOPES.get(noun)} for noun, verbs in rules.NOUNS.items()]
    return {"items": items, "scopes": list(rules.SCOPES)}


def revision(database: Database) -> int:
    """The number that rises with every change of users, roles or sessions."""
    (number,) = database.look(REVISION) or (0,)
    return int(number)


def caller_of(db: Session, session_id: str) -> Caller | None:
    """The person behind a session with all they may do; None when the session ended, the user left, or who acts as them may not any more."""
    found = db.execute(
        select(User, LoginSession.impersonated_by).join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None), *_THERE)
    ).one_or_none()  # fmt: skip
    if found is None:
        return None
    caller = as_caller(found[0])
    return caller if found[1] is None else _impersonated(db, caller, found[1])


def _impersonated(db: Session, caller: Caller, helper_id: str) -> Caller | None:
    helper = db.get_one(User, helper_id)
    rights = as_caller(helper)
    allowed = helper.is_active and rights.may(IMPERSONATE) and not impersonation_problem(rights, caller)
    return replace(caller, impersonated_by=helper_id) if allowed else None


def holders(db: Session, permission: str, *, user_ids: list[str], role_ids: list[str], report_ids: list[str]) -> dict[str, Any]:
    """Who may do something: `user_ids` of those named and of the managers, whose `managers` they are, and the members of each of the `roles`."""
    managed = select(User.id, User.manager_id).where(User.id.in_(report_ids), User.manager_id.is_not(None))
    managers: dict[str, str] = {one: str(manager) for one, manager in db.execute(managed)}
    known = select(Role).where(Role.id.in_(role_ids), Role.deleted_at.is_(None))
    roles: dict[str, dict[str, Any]] = {role.id: {"name": role.name, "user_ids": []} for role in db.scalars(known)}
    meant = or_(User.id.in_({*user_ids, *managers.values()}), User.role_rows.any(Role.id.in_(role_ids)))
    people = select(User).where(meant, *_THERE).order_by(User.username)
    able = [user for user in db.scalars(people) if as_caller(user).may(permission)]
    for user in able:
        for role in user.role_rows:
            if role.id in roles:
                roles[role.id]["user_ids"].append(user.id)
    return {"user_ids": [user.id for user in able], "managers": managers, "roles": roles}


def api_tokens_of(db: Session, user_id: str) -> Sequence[ApiToken]:
    """The tokens of a user that were not revoked."""
    return db.scalars(select(ApiToken).where(ApiToken.owner_id == user_id, ApiToken.deleted_at.is_(None))).all()


def caller_of_token(db: Session, token_hash: str) -> tuple[Caller, datetime] | None:
    """The caller behind an API token, with no more rights than both token and owner have, and when it expires."""
    token = db.scalars(select(ApiToken).where(ApiToken.token_hash == token_hash, ApiToken.deleted_at.is_(None))).one_or_none()
    owner = db.get(User, token.owner_id) if token else None
    if token is None or owner is None or not owner.is_active:
        return None
    caller = as_caller(owner)
    granted = frozenset(one for one in token.permissions if caller.may(one))
    return replace(caller, permissions=granted, channel=TOKEN_CHANNEL), token.expires_at


def caller_behind(db: Session, export: Export, now: datetime) -> Caller | None:
    """Who asked for an export, with all they may do now; None when they may not export this any more."""
    route, caller = EXPORTS.get(export.module), _asker(db, export, now)
    if route is None or caller is None or not caller.may(str(route.may)):
        return None
    return replace(caller, language=export.language)


def _asker(db: Session, export: Export, now: datetime) -> Caller | None:
    if export.token_hash:
        found = caller_of_token(db, export.token_hash)
        return found[0] if found and found[1] > now else None
    if export.impersonated_by:
        whose = (LoginSession.user_id == export.user_id, LoginSession.impersonated_by == export.impersonated_by)
        session = db.scalar(select(LoginSession.id).where(*whose, LoginSession.ended_at.is_(None), LoginSession.expires_at > now))
        return caller_of(db, session) if session else None
    user = db.get_one(User, export.user_id)
    return as_caller(user) if user.is_active and user.deleted_at is None else None


def sessions_of(db: Session, user_id: str, now: datetime) -> list[dict[str, Any]]:
    """Where a user is logged in now, and who acts as them, newest first."""
    live = (LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
    rows = db.scalars(select(LoginSession).where(*live).order_by(LoginSession.started_at.desc())).all()
    names = _names(db, {row.impersonated_by for row in rows})
    return [
        {
            "id": row.id, "started_at": row.started_at, "expires_at": row.expires_at, "address": row.address, "agent": row.agent,
            "impersonated_by": row.impersonated_by, "impersonated_by_name": names.get(row.impersonated_by or ""), "reason": row.reason,
        }
        for row in rows
    ]  # fmt: skip


def audit_page(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A page of the audit log in the list dialect, with names, each detail in words, and all that there is to ask for."""
    page = AUDIT.page(call, ENTRIES, params, "-at")
    actions = labels("choices", "audit.action.", call.caller.language, "gateway")
    return page.shown(_audit_rows(call, page.records)) | {"actions": [{"value": value, "label": told} for value, told in actions.items()]}


def audit_export(call: Call, *, after: str | None = None, **params: Any) -> dict[str, Any]:
    """A part of the audit log as cells for a file, as the list dialect narrows and sorts it."""
    query = select(AuditEntry).where(*AUDIT.conditions(call, params))
    walk = Walk(call, query, AUDIT.sorting(call, params.get("sort") or "-at"), AuditEntry.at, after)

    def written(entries: list[AuditEntry]) -> list[dict[str, Any]]:
        rows = _audit_rows(call, entries)
        return [row | {"facts": "; ".join(f"{fact['label']}: {fact['value']}" for fact in row["facts"])} for row in rows]

    return export_list(call, walk, title="audit_log", schema=AuditLineSchema, written=written, fields=params.get("fields_"))


def _audit_rows(call: Call, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    told = {row.user_id for row in entries} | {row.impersonated_by for row in entries}
    names = _names(call.db, told.union(*(people_in(row.detail) for row in entries)))
    roles = _role_names(call.db, set().union(*(roles_in(row.detail) for row in entries)))
    return [
        {
            "id": row.id, "at": row.at, "user_id": row.user_id, "user_name": names.get(row.user_id or ""), "action": row.action,
            "action_name": label("choices", f"audit.action.{row.action}", call.caller.language, "gateway"), "impersonated_by": row.impersonated_by, "impersonated_by_name": names.get(row.impersonated_by or ""),
            "detail": row.detail, "facts": facts_of(row.detail, names | roles, call.caller.language),
        }
        for row in entries
    ]  # fmt: skip


def _names(db: Session, user_ids: set[str | None]) -> dict[str, str]:
    wanted = user_ids - {None}
    return {user_id: name for user_id, name in db.execute(select(User.id, User.display_name).where(User.id.in_(wanted)))} if wanted else {}


def _role_names(db: Session, codes: set[str]) -> dict[str, str]:
    """What roles are called, by code, those too that are gone."""
    return {code: name for code, name in db.execute(select(Role.code, Role.name).where(Role.code.in_(codes)))} if codes else {}


def as_caller(user: User) -> Caller:
    """A user as the services will know them."""
    return Caller(
        user_id=user.id, name=user.display_name, department_id=user.department_id, roles=tuple(user.roles),
        permissions=frozenset(permission for role in user.role_rows for permission in role.permissions),
        scopes=widest(role.scopes for role in user.role_rows), field_rights=_field_rights(user.role_rows), language=user.language or DEFAULT_LANGUAGE,
    )  # fmt: skip


def _field_rights(roles: Sequence[Role]) -> dict[str, dict[str, str]]:
    """Per module what all roles that may read it restrict; a role without the module has no say."""
    joined = {}
    for module in {module for role in roles for module in role.field_rights}:
        readers = [role for role in roles if {MODULES[module].may, "*"} & set(role.permissions)] if module in MODULES else []
        joined[module] = least_restrictive(role.field_rights.get(module, {}) for role in readers)
    return {module: rights for module, rights in joined.items() if rights}


def user_by_login(db: Session, login: str) -> User | None:
    """The active user with this name or e-mail, whatever the case; None where several share the address."""
    wanted = login.casefold()
    found = db.scalars(select(User).where(or_(User.username_key == wanted, func.lower(User.email) == wanted), *_THERE).limit(2)).all()
    by_name = [user for user in found if user.username_key == wanted]
    return (by_name or list(found))[0] if len(by_name or found) == 1 else None


def user_by_sign_on(db: Session, issuer: str, subject: str) -> User | None:
    """The user a subject of a sign-on provider is known to be."""
    known = db.get(SignOn, (issuer, subject))
    return db.get(User, known.user_id) if known else None


def user_by_email(db: Session, email: str) -> User | None:
    """The one active user with this address; None where several share it."""
    found = db.scalars(select(User).where(func.lower(User.email) == email.casefold(), *_THERE).limit(2)).all()
    return found[0] if len(found) == 1 else None


def is_anothers_email(db: Session, email: str, user_id: str) -> bool:
    """Whether somebody else who is active has an address."""
    return db.scalar(select(User.id).where(func.lower(User.email) == email.casefold(), User.id != user_id, *_THERE).limit(1)) is not None


def manager_of(db: Session, user_id: str) -> str | None:
    """Whom a user reports to."""
    return db.scalar(select(User.manager_id).where(User.id == user_id))


def parent_of(db: Session, department_id: str) -> str | None:
    """The department above."""
    return db.scalar(select(Department.parent_id).where(Department.id == department_id))


def holder(db: Session, user_id: str) -> Holder:
    """Whose scopes reach what somebody holds."""
    above = _upwards(user_id, lambda one: manager_of(db, one))
    department = db.scalar(select(User.department_id).where(User.id == user_id))
    departments = [department, *_upwards(department, lambda one: parent_of(db, one))] if department else []
    return Holder(user_id, frozenset(above), frozenset(departments))


def _upwards(start: str, next_above: Callable[[str], str | None]) -> list[str]:
    found: list[str] = []
    at = next_above(start)
    while at and at not in found:
        found.append(at)
        at = next_above(at)
    return found


def roles_by_code(db: Session, codes: list[str], *, held: bool = False) -> dict[str, Role]:
    """The roles with these codes; those that are `held` stay as they are until the transaction ends."""
    query = select(Role).where(Role.code.in_(codes), Role.deleted_at.is_(None))
    return {role.code: role for role in db.scalars(query.with_for_update(read=True) if held else query)}
