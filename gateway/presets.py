"""Rows a new installation starts with: the default roles and one administrator."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.models import Revision, Role, User
from gateway.passwords import hash_password
from gateway.rules import DEFAULT_ROLES
from shared.bus import publish
from shared.contracts.identity import UserCreated
from shared.db import new_id
from shared.i18n import DEFAULT_LANGUAGE, label
from shared.settings import Settings


def load(db: Session, settings: Settings) -> str | None:
    """Add what is missing. Gives the administrator's password when it was made up, to be printed once."""
    if db.get(Revision, 1) is None:
        db.add(Revision(id=1, number=1))
    present = set(db.scalars(select(Role.code)))
    for code, (permissions, scopes) in DEFAULT_ROLES.items():
        if code not in present:
            name = label("choices", f"role.{code}", DEFAULT_LANGUAGE, "gateway")
            db.add(Role(code=code, name=name, permissions=permissions, scopes=scopes))
    db.flush()
    if db.scalar(select(User.id).limit(1)):
        return None
    password = settings.admin_password or secrets.token_urlsafe(12)
    _add_administrator(db, password)
    return None if settings.admin_password else password


def _add_administrator(db: Session, password: str) -> None:
    role = db.scalars(select(Role).where(Role.code == "admin")).one()
    admin = User(
        id=new_id(), username="admin", username_key="admin", display_name="管理员", password_hash=hash_password(password), role_rows=[role]
    )
    admin.owner_id = admin.id
    db.add(admin)
    db.flush()
    publish(db, admin.told(UserCreated))
