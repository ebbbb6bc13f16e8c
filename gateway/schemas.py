"""Shapes in and out of identity."""

from __future__ import annotations

from shared.i18n import LANGUAGES
from shared.resources import RecordSchema
from shared.schema import Choice, Email, Flag, Id, Json, Many, Phone, Schema, Text, Whole


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
    time_zone = Text(max=60, allow_none=True)
    is_active = Flag()
    roles = Many(Text(max=40), max=20, filterable=False)


class CreateUserInput(UserSchema):
    """A new user."""

    username = Text(required=True, min=2, max=60)
    password = Text(required=True, max=128, load_only=True)
    is_active = Flag(dump_only=True)


class UpdateUserInput(UserSchema):
    """What may change of a user; a new password ends their other sessions."""

    password = Text(max=128, load_only=True)


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


class UserIdInput(Schema):
    """Whom another service asks about."""

    user_id = Id(required=True)


class LoginInput(Schema):
    """Log in by user name or e-mail."""

    username = Text(required=True, max=200)
    password = Text(required=True, max=128)
    otp = Text(max=10)


class RefreshInput(Schema):
    """A refresh token, good once. A browser sends none: it has it as a cookie."""

    refresh_token = Text(max=200)


class AuthUserSchema(Schema):
    """The person who is logged in."""

    id = Id()
    username = Text()
    display_name = Text()
    roles = Many(Text())
    language = Choice(LANGUAGES)


class TokensSchema(Schema):
    """What a log-in or refresh gives; `expires_in` is in seconds. A refresh by cookie gives the new refresh token as a cookie only."""

    access_token = Text()
    refresh_token = Text()
    token_type = Text()
    expires_in = Whole()
    user = Json()
