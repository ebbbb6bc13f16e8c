"""The organisation, users, departments, roles, and who is logged in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, event, false, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shared.contracts.identity import (
    DepartmentCreated,
    DepartmentDeleted,
    DepartmentUpdated,
    OrganisationUpdated,
    RoleCreated,
    RoleDeleted,
    RoleScope,
    RoleUpdated,
    UserCreated,
    UserHandedOver,
    UserUpdated,
)
from shared.db import IdType, Model, Plain, Record, new_metadata
from shared.jobs import Job


class Base(Model):
    """The root of all tables of identity."""

    __abstract__ = True
    metadata = new_metadata()


class Organisation(Record, Base):
    """The one row of settings of the whole organisation. `working_days` are ISO weekdays, 1 is Monday."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    working_days: Mapped[list[Any]]

    def told(self) -> OrganisationUpdated:
        """The event that tells of the settings as they are now."""
        return OrganisationUpdated(
            organisation_id=self.id, name=self.name, time_zone=self.time_zone, currency=self.currency, working_days=tuple(self.working_days)
        )


class UserRole(Base):
    """A role a user has."""

    __tablename__ = "user_roles"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role_id: Mapped[str] = mapped_column(ForeignKey("roles.id"), primary_key=True, index=True)


class Role(Record, Base):
    """What people of a kind may do, and how far they see: `scopes` is {module: own|team|department|all}, "*" for the rest.

    `field_rights` is {module: {field: hidden|read_only}}: what they may not see or change of records.
    """

    __tablename__ = "roles"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    permissions: Mapped[list[str]]
    scopes: Mapped[dict[str, Any]]
    field_rights: Mapped[dict[str, Any]] = mapped_column(default=dict)

    def told(self, kind: type[RoleCreated] = RoleUpdated) -> RoleCreated:
        """The event that tells of the role as it is now."""
        scopes = tuple(RoleScope(module=module, scope=scope) for module, scope in self.scopes.items())
        return kind(role_id=self.id, code=self.code, name=self.name, permissions=tuple(self.permissions), scopes=scopes)

    def gone(self) -> RoleDeleted:
        """The event that tells it was removed."""
        return RoleDeleted(role_id=self.id, code=self.code)


class Department(Record, Base):
    """A department; departments form a tree."""

    __tablename__ = "departments"

    name: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("departments.id"), index=True)

    def told(self, kind: type[DepartmentCreated] = DepartmentUpdated) -> DepartmentCreated:
        """The event that tells of the department as it is now."""
        return kind(department_id=self.id, name=self.name, parent_id=self.parent_id)

    def gone(self) -> DepartmentDeleted:
        """The event that tells it was removed."""
        return DepartmentDeleted(department_id=self.id)


class User(Record, Base):
    """Somebody who may log in. Who leaves is deactivated, never deleted. `username_key` makes names unique whatever the case."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(String(60))
    username_key: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(200))
    mobile: Mapped[str | None] = mapped_column(String(40))
    department_id: Mapped[str | None] = mapped_column(ForeignKey("departments.id"), index=True)
    manager_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    job_title: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(10))
    time_zone: Mapped[str | None] = mapped_column(String(60))
    remind_by_mail: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role_rows: Mapped[list[Role]] = relationship(secondary="user_roles", lazy="selectin", order_by="Role.code")

    untracked = Record.untracked | {"password_hash"}

    __table_args__ = (Index("ix_users_email", text("lower(email)")),)

    @property
    def roles(self) -> list[str]:
        """Codes of the user's roles."""
        return [role.code for role in self.role_rows]

    def told(self, kind: type[UserCreated] = UserUpdated) -> UserCreated:
        """The event that tells of the user as they are now."""
        return kind(
            user_id=self.id, name=self.display_name, manager_id=self.manager_id, department_id=self.department_id,
            roles=tuple(self.roles), is_active=self.is_active, username=self.username,
            email=self.email, language=self.language, remind_by_mail=self.remind_by_mail,
        )  # fmt: skip

    def handed_over(self, *, to_user_id: str, to_pool: bool) -> UserHandedOver:
        """The event that gives away what somebody holds who leaves."""
        return UserHandedOver(user_id=self.id, to_user_id=to_user_id, to_pool=to_pool)


class LoginSession(Plain, Base):
    """One log-in on one device; ends by logging out, by revocation, or when its refresh token expires.

    One with `impersonated_by` is an administrator's who acts as the user, for the `reason` given; nothing refreshes it.
    """

    __tablename__ = "login_sessions"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(60))
    agent: Mapped[str | None] = mapped_column(String(200))
    impersonated_by: Mapped[str | None] = mapped_column(IdType(), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))


class RefreshToken(Base):
    """A refresh token's hash. `used_at` is when it, or another of the session in its place, was exchanged: seen again after the grace, it ends the session."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_sessions.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(index=True)


class ApiToken(Record, Base):
    """A key for another system, in the name of its owner, never with more than the owner may. Only its hash is kept; `token` is there at creation."""

    __tablename__ = "api_tokens"
    __allow_unmapped__ = True

    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    permissions: Mapped[list[str]]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    untracked = Record.untracked | {"token_hash", "last_used_at"}
    token: str | None = None


class TwoFactor(Base):
    """A user's second factor (TOTP): the secret sealed, the time step used last, hashes of the recovery codes left.

    It counts once `confirmed_at` is set.
    """

    __tablename__ = "two_factors"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(400))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)
    recovery_hashes: Mapped[list[str]]


class SignOn(Base):
    """Whom a subject of a sign-on provider is here."""

    __tablename__ = "sign_ons"

    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)


class LoginFailure(Base):
    """Failed log-ins in a row for a name; `key` is "name:..."."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    last_at: Mapped[datetime]


class AuditEntry(Plain, Base):
    """Something security people want to know of: a log-in, a failure, a change of rights.

    `user_id` is in whose name it was done, `impersonated_by` who really did it, where that is somebody else.
    """

    __tablename__ = "audit_log"

    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    action: Mapped[str] = mapped_column(String(40), index=True)
    detail: Mapped[dict[str, Any]]
    impersonated_by: Mapped[str | None] = mapped_column(IdType(), index=True)


class Export(Job, Base):
    """An export in the background: `status` is waiting, writing, done or failed; `progress` of `total` rows are written.

    `arguments` are those of the list. It is written with the rights of who asked: the user, through the API token where one was used, or
    `impersonated_by` in the user's place. `seen_with` is how far they saw when it was written. `error` is the code of what went wrong last.
    """

    __tablename__ = "exports"
    open_in = ("waiting", "writing")
    lease = timedelta(minutes=1)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    impersonated_by: Mapped[str | None] = mapped_column(IdType())
    token_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(10))
    module: Mapped[str] = mapped_column(String(60))
    format: Mapped[str] = mapped_column(String(4))
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(220))
    arguments: Mapped[dict[str, Any]]
    seen_with: Mapped[dict[str, Any] | None]
    total: Mapped[int | None]
    progress: Mapped[int] = mapped_column(default=0)
    size: Mapped[int | None] = mapped_column(BigInteger())
    file_key: Mapped[str | None] = mapped_column(String(90))
    error: Mapped[str | None] = mapped_column(String(60))

    def give_up(self) -> None:
        """It came to nothing, for the reason of the last attempt."""
        super().give_up()
        self.error = self.error or "export_gave_up"


class Revision(Base):
    """One row whose number rises with every change of users, roles or sessions: what a worker cached is good while it stands."""

    __tablename__ = "identity_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


@event.listens_for(Session, "before_flush")
def _raise_revision(db: Session, flush_context: Any, instances: Any) -> None:
    watched = (User, Role, LoginSession, Department, ApiToken)
    if any(isinstance(row, watched) for row in (*db.new, *db.dirty, *db.deleted)) and not db.info.get("revised"):
        db.info["revised"] = True
        db.execute(text("UPDATE identity_revision SET number = number + 1"))


@event.listens_for(Session, "after_soft_rollback")
def _raise_it_again(db: Session, previous: Any) -> None:
    # What one of a batch raised went with its savepoint; the next one counts anew.
    db.info.pop("revised", None)
