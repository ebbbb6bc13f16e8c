"""Shapes in and out of identity."""

from __future__ import annotations

from gateway.routes import EXPORTS, SERVICES
from shared.bus.parked import ParkedSchema, RetryInput
from shared.bus.status import StatusSchema
from shared.codes import Currency, TimeZone
from shared.i18n import LANGUAGES
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Email, Flag, Id, Json, Many, Moment, One, Phone, Schema, Text, Whole


class OrganisationSchema(Schema):
    """The organisation's settings. `working_days` are ISO weekdays, 1 is Monday."""

    name = Text(max=120)
    time_zone = TimeZone()
    currency = Currency()
    working_days = Many(Whole(min=1, max=7), min=1, max=7, unique=True)
    version = Whole()


class OrganisationInput(OrganisationSchema):
    """What may change of the organisation's settings; those left out stay."""

    name = Text(max=120, min=1)
    version = Whole(min=1, required=True)


class ServiceStatusSchema(StatusSchema):
    """How a service is; one that is away says nothing more. `replicas` are the processes that take its calls."""

    replicas = Whole(allow_none=True)


class StorageSchema(Schema):
    """What all services together have stored."""

    database_bytes = Whole()
    attachment_bytes = Whole()


class SystemStatusSchema(Schema):
    """How the whole system is."""

    version = Text()
    broker = Choice(("ready", "away"))
    services = Many(ServiceStatusSchema)
    storage = One(StorageSchema)


class AllParkedSchema(ParkedSchema):
    """What all services gave up, oldest first; `away` are those that did not tell."""

    away = Many(Text())


class RetryParkedInput(RetryInput):
    """Parked events of one service."""

    service = Choice(SERVICES, required=True)


class UserSchema(RecordSchema):
    """A user as others see them; a password never leaves."""

    username = Text(dump_only=True)
    display_name = Text(required=True, max=80)
    email = Email(max=200, allow_none=True)
    mobile = Phone(max=40, allow_none=True)
    department_id = Id(allow_none=True, reference="departments")
    manager_id = Id(allow_none=True, reference="users")
    job_title = Text(max=80, allow_none=True)
    language = Choice(LANGUAGES, allow_none=True)
    time_zone = TimeZone(allow_none=True)
    remind_by_mail = Flag(dump_only=True)
    is_active = Flag()
    roles = Many(Text(max=40), max=20, filterable=False)


class CreateUserInput(UserSchema):
    """A new user."""

    username = Text(required=True, min=2, max=60)
    password = Text(required=True, max=128, load_only=True)
    is_active = Flag(dump_only=True)


class UpdateUserInput(UserSchema):
    """What may change of a user; a new password ends their other sessions. Who leaves is deactivated by a verb of its own."""

    password = Text(max=128, load_only=True)
    is_active = Flag(dump_only=True)


class HoldingSchema(Schema):
    """How many records of a module somebody holds."""

    module = Text()
    count = Whole()


class HoldingsSchema(Schema):
    """What somebody holds."""

    items = Many(HoldingSchema)


class DeactivateUserInput(ActionInput):
    """To whom what the person holds goes (their manager, unless said), and whether the customers go to the pool instead."""

    handover_to = Id(reference="users")
    to_pool = Flag(load_default=False)


class DepartmentSchema(RecordSchema):
    """A department."""

    name = Text(required=True, max=80)
    parent_id = Id(allow_none=True, reference="departments")


class RoleSchema(RecordSchema):
    """A role."""

    code = Text(required=True, max=40)
    name = Text(required=True, max=80)
    permissions = Many(Text(max=60), required=True, max=300, filterable=False)
    scopes = Json(required=True, filterable=False)
    field_rights = Json(filterable=False)


class UpdateRoleInput(RoleSchema):
    """What may change of a role: not its code, by which others know it."""

    code = Text(dump_only=True)


class PermissionSchema(Schema):
    """What can be permitted about one thing; `module` is where a data scope narrows it, null where none does."""

    noun = Text()
    verbs = Many(Text())
    module = Text(allow_none=True)


class PermissionsSchema(Schema):
    """Everything a role can be given, in order, and the data scopes from narrow to wide."""

    items = Many(PermissionSchema)
    scopes = Many(Text())


class ApiTokenSchema(RecordSchema):
    """A key for another system. `token` is there only in the answer that made it."""

    name = Text(required=True, max=80)
    permissions = Many(Text(max=60), required=True, min=1, max=300, filterable=False)
    expires_at = Moment(required=True)
    prefix = Text(dump_only=True)
    last_used_at = Moment(dump_only=True)
    token = Text(dump_only=True, allow_none=True, filterable=False)


class ImpersonateInput(ActionInput):
    """Why somebody acts as this user; the user reads it."""

    reason = Text(required=True, min=1, max=500)


class ImpersonationSchema(Schema):
    """The access token with which one acts as somebody else, once; `expires_in` is in seconds, and nothing refreshes it."""

    access_token = Text()
    token_type = Text()
    expires_in = Whole()
    session_id = Id()


class BeginExportInput(Schema):
    """An export as the gateway took it in: `arguments` are the list's own, `token_hash` is there where an API token asks."""

    module = Choice(tuple(EXPORTS), required=True)
    format = Choice(("xlsx", "csv"), required=True)
    title = Text(required=True, max=200)
    arguments = Json(required=True)
    token_hash = Text(required=True, allow_none=True, max=64)


class ExportSchema(Schema):
    """An export in the background. `progress` of `total` rows are written; `total` is null until it is known. `size` is in bytes, `error` says in words why it failed."""

    id = Id()
    module = Text()
    title = Text()
    format = Choice(("xlsx", "csv"))
    status = Choice(("waiting", "writing", "done", "failed"))
    progress = Whole()
    total = Whole(allow_none=True)
    file_name = Text()
    size = Whole(allow_none=True)
    created_at = Moment()
    finished_at = Moment(allow_none=True)
    error_code = Text(allow_none=True)
    error = Text(allow_none=True)


class ExportsSchema(Schema):
    """One's own exports of the last days, newest first."""

    items = Many(ExportSchema)


class SessionSchema(Schema):
    """Where somebody is logged in; `impersonated_by` is who acts as them there, and `reason` why."""

    id = Id()
    started_at = Moment()
    expires_at = Moment()
    address = Text(allow_none=True)
    agent = Text(allow_none=True)
    impersonated_by = Id(allow_none=True)
    impersonated_by_name = Text(allow_none=True)
    reason = Text(allow_none=True)


class SessionsSchema(Schema):
    """All places where somebody is logged in."""

    items = Many(SessionSchema)


class TwoFactorSchema(Schema):
    """A new second factor, to be confirmed: the secret as text, as address for an app, and as a picture (SVG)."""

    secret = Text()
    uri = Text()
    qr_code = Text()


class CodeInput(Schema):
    """A code of the second factor."""

    code = Text(required=True, max=20)


class RecoveryCodesSchema(Schema):
    """Codes for when the phone is lost, each good once."""

    recovery_codes = Many(Text())


class PasswordOnlyInput(Schema):
    """The password, for what must not happen by a forgotten screen."""

    current_password = Text(required=True, max=128, load_only=True)


class PasswordInput(PasswordOnlyInput):
    """The present password and the new one."""

    new_password = Text(required=True, max=128, load_only=True)


class ProfileInput(Schema):
    """What people change of themselves; reminders by mail need an address."""

    email = Email(max=200, allow_none=True)
    mobile = Phone(max=40, allow_none=True)
    language = Choice(LANGUAGES, allow_none=True)
    time_zone = TimeZone(allow_none=True)
    remind_by_mail = Flag()


class UserIdsInput(Schema):
    """Whom another service asks about."""

    user_ids = Many(Id(), min=1, max=1000, required=True)


class RoleCodesInput(Schema):
    """The codes of roles that another service asks about."""

    codes = Many(Text(max=40), max=1000, required=True)


class PermissionInput(Schema):
    """Whether that user may do this."""

    user_id = Id(required=True)
    permission = Text(required=True, max=60)


class HoldersInput(Schema):
    """Who may do this: of these users, of those with these roles, of the managers of those reports."""

    permission = Text(required=True, max=60)
    user_ids = Many(Id(), max=1000, load_default=list)
    role_ids = Many(Id(), max=1000, load_default=list)
    report_ids = Many(Id(), max=1000, load_default=list)


class LoginInput(Schema):
    """Log in by user name or e-mail."""

    username = Text(required=True, max=200)
    password = Text(required=True, max=128)
    otp = Text(max=20)


class RefreshInput(Schema):
    """A refresh token, good once. A browser sends none: it has it as a cookie."""

    refresh_token = Text(max=200)


class AuthUserSchema(Schema):
    """The person who is logged in."""

    id = Id()
    username = Text()
    display_name = Text()
    email = Email(allow_none=True)
    remind_by_mail = Flag()
    roles = Many(Text())
    language = Choice(LANGUAGES, allow_none=True)
    department_id = Id(allow_none=True)
    manager_id = Id(allow_none=True)


class MeSchema(Schema):
    """The person who is logged in, what they may do and how far they see, whether a second factor is on, who acts in their place, and the organisation they work for."""

    user = One(AuthUserSchema)
    permissions = Many(Text())
    scopes = Json()
    two_factor = Flag()
    impersonated_by = Id(allow_none=True)
    impersonated_by_name = Text(allow_none=True)
    organisation = One(OrganisationSchema)


class TokensSchema(Schema):
    """What a log-in or refresh gives; `expires_in` is in seconds. A refresh by cookie gives the new refresh token as a cookie only."""

    access_token = Text()
    refresh_token = Text()
    token_type = Text()
    expires_in = Whole()
    user = One(AuthUserSchema)
