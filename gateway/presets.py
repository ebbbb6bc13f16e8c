"""Rows a new installation starts with: the organisation, the default roles and one administrator, named in the language of the settings."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.actions import tell_of_organisation
from gateway.models import Organisation, Revision, Role, User
from gateway.passwords import hash_password
from gateway.rules import DEFAULT_ROLES
from shared.bus import publish
from shared.contracts.identity import RoleCreated, UserCreated
from shared.db import new_id
from shared.db.organisation import WORKING_DAYS
from shared.i18n import label
from shared.settings import Settings


def load(db: Session, settings: Settings) -> str | None:
    """Add what is missing. Gives the administrator's password when it was made up, to be printed once."""
    if db.get(Revision, 1) is None:
        db.add(Revision(id=1, number=1))
    if db.scalar(select(Organisation.id)) is None:
        _add_organisation(db, settings)
    present = set(db.scalars(select(Role.code)))
    for code, (permissions, scopes) in DEFAULT_ROLES.items():
        if code not in present:
            name = label("choices", f"role.{code}", settings.language, "gateway")
            role = Role(id=new_id(), code=code, name=name, permissions=permissions, scopes=scopes)
            db.add(role)
            publish(db, role.told(RoleCreated))
    db.flush()
    if db.scalar(select(User.id).limit(1)):
        return None
    password = settings.admin_password or secrets.token_urlsafe(12)
    _add_administrator(db, password, label("presets", "administrator", settings.language, "gateway"))
    return None if settings.admin_password else password


def _add_organisation(db: Session, settings: Settings) -> None:
    organisation = Organisation(
        id=new_id(), name=label("presets", "organisation", settings.language, "gateway"), time_zone=settings.time_zone,
        currency=settings.currency, working_days=list(WORKING_DAYS),
    )  # fmt: skip
    db.add(organisation)
    tell_of_organisation(db, organisation)


def _add_administrator(db: Session, password: str, name: str) -> None:
    role = db.scalars(select(Role).where(Role.code == "admin")).one()
    admin = User(
        id=new_id(), username="admin", username_key="admin", display_name=name, password_hash=hash_password(password), role_rows=[role]
    )
    admin.owner_id = admin.id
    db.add(admin)
    db.flush()
    publish(db, admin.told(UserCreated))
