"""Shapes of the audit log."""

from __future__ import annotations

from shared.schema import Flag, Id, Json, Many, Moment, Schema, Text, Whole


class FactSchema(Schema):
    """One detail in the reader's language."""

    name = Text()
    label = Text()
    value = Text()


class AuditEntrySchema(Schema):
    """A line of the audit log: `action_name` is in the caller's language, `detail` as it was written, `facts` the same in words; `impersonated_by` is who acted in the user's place."""

    id = Id()
    at = Moment()
    user_id = Id(allow_none=True, reference="users")
    user_name = Text(allow_none=True)
    impersonated_by = Id(allow_none=True, reference="users")
    impersonated_by_name = Text(allow_none=True)
    action = Text()
    action_name = Text()
    detail = Json(filterable=False)
    facts = Many(FactSchema, filterable=False)


class AuditLineSchema(Schema):
    """A line of the audit log in a file: all in words."""

    at = Moment()
    user_name = Text()
    impersonated_by_name = Text()
    action_name = Text()
    facts = Text()


class AuditActionSchema(Schema):
    """Something that is written into the audit log, and what it is called."""

    value = Text()
    label = Text()


class AuditPageSchema(Schema):
    """A page of the audit log; `actions` are all that a line can be about."""

    items = Many(AuditEntrySchema)
    actions = Many(AuditActionSchema)
    page = Whole()
    page_size = Whole()
    total = Whole()
    is_total_exact = Flag()
