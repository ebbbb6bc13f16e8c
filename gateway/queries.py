"""Reads: the caller behind a session, and who is who."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway.models import Department, LoginSession, Revision, Role, User
from gateway.modules import MODULES
from gateway.rules import least_restrictive, widest
from shared.caller import Caller
from shared.i18n import DEFAULT_LANGUAGE


def revision(db: Session) -> int:
    """The number that rises with every change of users, roles or sessions."""
    return db.scalar(select(Revision.number)) or 0


def caller_of(db: Session, session_id: str) -> Caller | None:
    """The person behind a session with all they may do; None when the session ended or the user left."""
    user = db.scalars(
        select(User).join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None), User.is_active, User.deleted_at.is_(None))
    ).one_or_none()  # fmt: skip
    return None if user is None else as_caller(user)


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
    """The user with this name or e-mail, whatever the case; None where several share the address."""
    wanted = login.casefold()
    found = db.scalars(
        select(User).where(or_(User.username_key == wanted, func.lower(User.email) == wanted), User.deleted_at.is_(None)).limit(2)
    ).all()
    by_name = [user for user in found if user.username_key == wanted]
    return (by_name or list(found))[0] if len(by_name or found) == 1 else None


def manager_of(db: Session, user_id: str) -> str | None:
    """Whom a user reports to."""
    return db.scalar(select(User.manager_id).where(User.id == user_id))


def parent_of(db: Session, department_id: str) -> str | None:
    """The department above."""
    return db.scalar(select(Department.parent_id).where(Department.id == department_id))


def roles_by_code(db: Session, codes: list[str]) -> dict[str, Role]:
    """The roles with these codes."""
    rows = db.scalars(select(Role).where(Role.code.in_(codes), Role.deleted_at.is_(None)))
    return {role.code: role for role in rows}
