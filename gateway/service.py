"""The identity service: the organisation, users, departments and roles, served like any other module."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from gateway import actions, export_jobs, queries, schemas, sessions, two_factor
from gateway.audit import audit
from gateway.audit_schemas import AuditPageSchema
from gateway.models import ApiToken, Base, Department, Organisation, Role, User
from gateway.retention import forget_log_ins
from shared.bus import Call, Service, every, rpc
from shared.contracts.identity import DepartmentCreated, RoleCreated, UserCreated
from shared.db import existing
from shared.resources import (
    STANDARD,
    ActionInput,
    BatchInput,
    BatchResultSchema,
    HistorySchema,
    IdInput,
    ListInput,
    PageInput,
    QuickView,
    Related,
    Resource,
    RowAction,
    batch,
    everybody,
    export_of,
    read_history,
)
from shared.vault import vault_of

ORGANISATION = Resource("organisation", Organisation, schemas.OrganisationSchema, scope=everybody, owned=False, operations=())
# Names of colleagues, departments and roles are no secret inside the organisation: their scope is everybody.
USERS = Resource(
    "users", User, schemas.UserSchema,
    create=actions.create_user, update=actions.update_user, delete=actions.delete_user, prepare=actions.check_password,
    create_schema=schemas.CreateUserInput, update_schema=schemas.UpdateUserInput, scope=everybody,
    created=lambda user: user.told(UserCreated), updated=User.told, search=("username", "display_name", "email"),
    operations=("list", "get", "create", "update", "delete", "batch_update", "history", "describe", "export"),
    not_in_batch=("display_name", "email", "mobile", "password"),
    owned=False, default_sort="username", columns=("username", "display_name", "email", "mobile", "department_id", "manager_id", "is_active"),
    views=(QuickView("active", {"field": "is_active", "op": "eq", "value": True}), QuickView("left", {"field": "is_active", "op": "eq", "value": False})),
    actions=(
        RowAction("deactivate", tone="bad", single=True, permission="user:update", when=lambda user, caller: user.is_active and user.id != caller.user_id),
        RowAction("reactivate", permission="user:update", when=lambda user, caller: not user.is_active),
        RowAction("impersonate", tone="warn", single=True, when=sessions.can_impersonate),
    ),
)  # fmt: skip
DEPARTMENTS = Resource(
    "departments", Department, schemas.DepartmentSchema,
    create=actions.create_department, update=actions.save_department, delete=actions.delete_department,
    restore=actions.restore_department, scope=everybody,
    created=lambda department: department.told(DepartmentCreated), updated=Department.told, deleted=Department.gone, search=("name",),
    owned=False, columns=("name", "parent_id"), default_sort="name", related=(Related.list("users", "department_id"),),
    operations=tuple(name for name in STANDARD if name != "batch_assign"),
)  # fmt: skip
ROLES = Resource(
    "roles", Role, schemas.RoleSchema, create=actions.create_role, update=actions.save_role, delete=actions.delete_role,
    update_schema=schemas.UpdateRoleInput,
    created=lambda role: role.told(RoleCreated), updated=Role.told, deleted=Role.gone,
    restore=actions.restore_role, purge=actions.purge_role,
    scope=everybody, search=("code", "name"), owned=False, columns=("code", "name"), default_sort="code", not_in_batch=("code", "name"),
    operations=("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe", "export"),
)  # fmt: skip

API_TOKENS = Resource(
    "api_tokens", ApiToken, schemas.ApiTokenSchema, create=actions.create_api_token, delete=actions.revoke_api_token, search=("name",),
    operations=("list", "get", "delete", "batch_delete", "describe", "export"),
)  # fmt: skip


class IdentityService(Service):
    """Who there is, who reports to whom, and what each role may do."""

    name = "identity"
    base = Base
    resources = (USERS, DEPARTMENTS, ROLES, API_TOKENS)
    unique = {"users.username_key": ("username", "username_taken"), "roles.code": ("code", "value_taken")}

    @every(seconds=3600, transaction=False)
    def forget_old_rows(self, call: Call) -> None:
        """Drop what every service drops, log-ins that are long over, and old exports."""
        super().forget_old_rows(call)
        forget_log_ins(call)
        call.write(export_jobs.forget_old)

    @every(seconds=1, transaction=False, at_once=export_jobs.MOST_OPEN + 1)
    def carry_on_exports(self, call: Call) -> None:
        """Write the exports that wait."""
        export_jobs.carry_on(call)

    @rpc(takes=schemas.BeginExportInput, gives=schemas.ExportSchema, status=202)
    def begin_export(self, call: Call, **given: Any) -> dict[str, Any]:
        """Take in an export that the gateway checked; it is written in the background."""
        return export_jobs.begin(call, **given)

    @rpc(gives=schemas.ExportsSchema, read=True)
    def list_exports(self, call: Call) -> dict[str, Any]:
        """My exports that were written in the background, or are being written."""
        return export_jobs.mine(call)

    @rpc(takes=IdInput, gives=schemas.ExportSchema, read=True)
    def get_export(self, call: Call, *, id: str) -> dict[str, Any]:
        """How far an export of mine is."""
        return export_jobs.one(call, id)

    @rpc(takes=IdInput, read=True)
    def get_export_file(self, call: Call, *, id: str) -> dict[str, Any]:
        """Download the file of an export of mine."""
        return export_jobs.file_of(call, id)

    @rpc(takes=IdInput, status=204)
    def delete_export(self, call: Call, *, id: str) -> None:
        """Cancel an export of mine, or remove it with its file."""
        export_jobs.remove(call, id)

    @rpc(gives=schemas.OrganisationSchema, read=True)
    def get_organisation(self, call: Call) -> Organisation:
        """The organisation's name, time zone, currency and working days."""
        return queries.organisation(call.db)

    @rpc(takes=schemas.OrganisationInput, gives=schemas.OrganisationSchema)
    def update_organisation(self, call: Call, *, version: int, **changes: Any) -> Organisation:
        """Change the organisation's settings; every service goes by them at once."""
        return actions.update_organisation(call, version=version, **changes)

    @rpc(takes=PageInput, gives=HistorySchema, read=True)
    def organisation_history(self, call: Call, *, page: int, page_size: int) -> dict[str, Any]:
        """Who changed which of the organisation's settings from what to what."""
        return read_history(ORGANISATION, self, call, id=queries.organisation(call.db).id, page=page, page_size=page_size)

    @rpc(gives=schemas.PermissionsSchema, read=True)
    def list_permissions(self, call: Call) -> dict[str, Any]:
        """What a role can be given."""
        return queries.permissions()

    @rpc(takes=IdInput, gives=schemas.HoldingsSchema, read=True, prepare=actions.ask_for_holdings)
    def user_holdings(self, call: Call, *, id: str, counts: dict[str, int]) -> dict[str, Any]:
        """What somebody holds, per module: what would have to be handed over if they left."""
        existing(call.db, User, id)
        return {"items": [{"module": module, "count": count} for module, count in counts.items()]}

    @rpc(takes=schemas.DeactivateUserInput, gives=schemas.UserSchema, prepare=actions.check_pool_is_on)
    def deactivate_user(self, call: Call, *, id: str, version: int | None = None, to_pool: bool, handover_to: str | None = None) -> User:
        """離職交接: end somebody's access and hand over what they hold."""
        return actions.deactivate_user(call, USERS.locked(call.db, call.caller, id, version), handover_to=handover_to, to_pool=to_pool)

    @rpc(takes=ActionInput, gives=schemas.UserSchema)
    def reactivate_user(self, call: Call, *, id: str, version: int | None = None) -> User:
        """Let somebody in again."""
        return actions.reactivate_user(call, USERS.locked(call.db, call.caller, id, version))

    @rpc(takes=schemas.ImpersonateInput, gives=schemas.ImpersonationSchema, secrets=("access_token",))
    def impersonate_user(self, call: Call, *, id: str, version: int | None = None, reason: str) -> dict[str, Any]:
        """Act as a user for an hour, to help them; `access_token` is shown this once. They are told, and every trace names both."""
        return sessions.impersonate(call, USERS.locked(call.db, call.caller, id, version), reason)

    @rpc(takes=schemas.ApiTokenSchema, gives=schemas.ApiTokenSchema, status=201, secrets=("token",))
    def create_api_token(self, call: Call, **data: Any) -> ApiToken:
        """Make a token for another system, in the caller's name; its text is shown this once."""
        token: ApiToken = API_TOKENS.create(self, call, **data)
        return token

    @rpc(gives=schemas.SessionsSchema, read=True)
    def list_my_sessions(self, call: Call) -> dict[str, Any]:
        """Where I am logged in."""
        return {"items": queries.sessions_of(call.db, call.caller.user_id or "", call.now)}

    @rpc(takes=IdInput, status=204)
    def end_my_session(self, call: Call, *, id: str) -> None:
        """Log myself out somewhere."""
        sessions.end_session_of(call.db, id, call.caller.user_id, call.now)

    @rpc(takes=IdInput, gives=schemas.SessionsSchema, read=True)
    def list_user_sessions(self, call: Call, *, id: str) -> dict[str, Any]:
        """Where a user is logged in."""
        return {"items": queries.sessions_of(call.db, existing(call.db, User, id).id, call.now)}

    @rpc(takes=IdInput, status=204)
    def end_user_sessions(self, call: Call, *, id: str) -> None:
        """Log a user out everywhere."""
        sessions.refuse_impersonation(call.caller)
        sessions.end_sessions(call.db, existing(call.db, User, id).id, call.now)
        audit(call.db, "sessions_ended", call.caller.user_id, call.now, user=id)

    @rpc(takes=BatchInput, gives=BatchResultSchema, batch=True)
    def batch_end_user_sessions(self, call: Call, *, ids: list[str]) -> dict[str, Any]:
        """Log many users out everywhere."""
        return batch(call, ids, lambda one: self.end_user_sessions(call, id=one))

    @rpc(takes=ListInput, gives=AuditPageSchema, read=True)
    def list_audit_entries(self, call: Call, **params: Any) -> dict[str, Any]:
        """Log-ins, failures, changes of rights and settings, exports; newest first."""
        return queries.audit_page(call, params)

    @rpc(takes=export_of("AuditEntry", ListInput), read=True)
    def export_audit_entries(self, call: Call, **params: Any) -> dict[str, Any]:
        """Download every line of the audit log that the list's filter shows."""
        return queries.audit_export(call, **params)

    @rpc(gives=schemas.TwoFactorSchema, secrets=("secret", "uri", "qr_code"))
    def start_two_factor(self, call: Call) -> dict[str, Any]:
        """Begin to use a second factor; confirm it with a first code."""
        return two_factor.start(call.db, vault_of(call.settings), existing(call.db, User, call.caller.user_id or ""))

    @rpc(takes=schemas.CodeInput, gives=schemas.RecoveryCodesSchema, secrets=("recovery_codes",))
    def confirm_two_factor(self, call: Call, *, code: str) -> dict[str, Any]:
        """Switch the second factor on; answers with recovery codes, shown this once."""
        codes = two_factor.confirm(call.db, vault_of(call.settings), call.caller.user_id or "", code, call.now)
        audit(call.db, "two_factor_on", call.caller.user_id, call.now)
        return {"recovery_codes": codes}

    @rpc(takes=schemas.PasswordOnlyInput, status=204, prepare=actions.check_present_password)
    def switch_off_two_factor(self, call: Call) -> None:
        """Do without a second factor; asks for the password."""
        two_factor.switch_off(call.db, call.caller.user_id or "")
        audit(call.db, "two_factor_off", call.caller.user_id, call.now)

    @rpc(takes=IdInput, status=204)
    def reset_two_factor(self, call: Call, *, id: str) -> None:
        """Take a lost second factor away from a user."""
        two_factor.switch_off(call.db, existing(call.db, User, id).id)
        audit(call.db, "two_factor_reset", call.caller.user_id, call.now, user=id)

    @rpc(takes=schemas.PasswordInput, status=204, prepare=actions.check_new_password)
    def change_password(self, call: Call, *, password_hash: str) -> None:
        """Give oneself a new password; every log-in ends."""
        actions.change_password(call.db, existing(call.db, User, call.caller.user_id or ""), password_hash, call.now)

    @rpc(takes=schemas.ProfileInput, gives=schemas.UserSchema)
    def update_profile(self, call: Call, **changes: Any) -> User:
        """Change one's own language, time zone, e-mail, mobile, and whether reminders come by mail."""
        return actions.update_profile(call.db, existing(call.db, User, call.caller.user_id or ""), changes)

    @rpc(takes=schemas.PermissionInput, read=True)
    def vouch_for_permission(self, call: Call, *, user_id: str, permission: str) -> dict[str, bool]:
        """Whether a user may do something now, for a service that puts a task into their hands."""
        user = existing(call.db, User, user_id)
        return {"may": user.is_active and queries.as_caller(user).may(permission)}

    @rpc(takes=schemas.HoldersInput, read=True)
    def vouch_for_holders(self, call: Call, *, permission: str, **of: list[str]) -> dict[str, Any]:
        """Who may do something now, of named users, of those with some roles, and of the managers of some users."""
        return queries.holders(call.db, permission, **of)

    @rpc(takes=schemas.RoleCodesInput, read=True)
    def vouch_for_roles(self, call: Call, *, codes: list[str]) -> dict[str, list[str]]:
        """Which of some codes are those of roles, for a service that keeps them."""
        return {"codes": sorted(queries.roles_by_code(call.db, codes))}

    @rpc(takes=schemas.UserIdsInput, read=True)
    def vouch_for_users(self, call: Call, *, user_ids: list[str]) -> list[dict[str, Any]]:
        """The facts of users that a service has not heard of yet; those that do not exist are left out."""
        users = call.db.scalars(select(User).where(User.id.in_(user_ids), User.deleted_at.is_(None)))
        return [user.told().encode() | {"version": user.version} for user in users]
