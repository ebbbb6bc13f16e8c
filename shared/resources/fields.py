"""The custom fields of a module, as an administrator adds, changes and retires them."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, func, select

from shared.bus.calls import Call
from shared.errors import Conflict, Invalid, NotFound, StaleVersion
from shared.people import find_person
from shared.resources import custom
from shared.resources.choices import ChoiceSchema, LabelsSchema, choice_problem, written_choices
from shared.resources.configuration import CustomField, Definition, configure
from shared.resources.custom import PREFIX
from shared.resources.operation import Operation
from shared.resources.schemas import IdInput
from shared.schema import Choice, Flag, Id, Json, Many, One, Pattern, Schema, Whole, field_errors

if TYPE_CHECKING:
    from shared.resources.resource import Resource

MAX_FIELDS = 100
WITH_CHOICES = ("choice", "multi_choice")


class FieldName(Pattern):
    """What a custom field is called in the API."""

    pattern = re.compile(r"(c_)?[a-z][a-z0-9_]*")
    code = "invalid_code"


class FieldChangesSchema(Schema):
    """What may change of a custom field. `order` is its place among the module's custom fields."""

    labels = One(LabelsSchema, required=True)
    help = One(LabelsSchema, allow_none=True)
    choices = Many(ChoiceSchema, max=300)
    required = Flag()
    default = Json(allow_none=True)
    order = Whole(min=0, max=10_000, attribute="position")
    is_active = Flag()


class CreateFieldInput(FieldChangesSchema):
    """A new custom field. `name` gets the prefix c_ where it lacks it; without one it gets any."""

    name = FieldName(max=40)
    type = Choice(tuple(custom.FIELDS), required=True, attribute="kind")


class UpdateFieldInput(FieldChangesSchema):
    """Changes of a custom field; its name and type stay."""

    partial_fields = tuple(FieldChangesSchema().load_fields)
    id = Id(required=True)
    version = Whole(min=1, required=True)


class CustomFieldSchema(CreateFieldInput):
    """A custom field."""

    id = Id()
    version = Whole()


class CustomFieldsSchema(Schema):
    """All custom fields of a module, in order, retired ones too."""

    items = Many(CustomFieldSchema)


def list_fields(resource: Resource, service: Any, call: Call) -> dict[str, Any]:
    """The custom fields of the module."""
    query = select(CustomField).where(CustomField.module == resource.module).order_by(CustomField.position, CustomField.id)
    return {"items": call.db.scalars(query).all()}


def create_field(resource: Resource, service: Any, call: Call, *, name: str = "", **data: Any) -> CustomField:
    """Add a field to the module; it counts at once. Raises Conflict when the name is taken."""
    name = PREFIX + (name.removeprefix(PREFIX) or f"f{secrets.token_hex(4)}")
    of_module = select(func.count()).select_from(CustomField).where(CustomField.module == resource.module)
    if call.db.scalar(of_module.where(CustomField.name == name)):
        raise Conflict("value_taken", errors={"name": [("value_taken", {})]})
    count = call.db.scalar(of_module) or 0
    if count >= MAX_FIELDS:
        raise Conflict("too_many_fields", max=MAX_FIELDS)
    defaults = {"choices": [], "required": False, "is_active": True, "position": count, "help": None, "default": None}
    field = CustomField(module=resource.module, name=name, **defaults | data)
    _settle(call, field)
    call.db.add(field)
    configure(call)
    return field


def update_field(resource: Resource, service: Any, call: Call, *, id: str, version: int, **changes: Any) -> CustomField:
    """Change a field. A choice in use may be retired, not left out. Raises Conflict, Invalid, StaleVersion."""
    field = _locked(resource, call, id)
    if field.version != version:
        raise StaleVersion
    before = {choice["value"] for choice in field.choices}
    for name, value in changes.items():
        setattr(field, name, value)
    _settle(call, field)
    gone = before - {choice["value"] for choice in field.choices}
    if gone:
        _check_unused(resource, call, field, gone)
    configure(call)
    return field


def delete_field(resource: Resource, service: Any, call: Call, *, id: str) -> None:
    """Remove a field no record has a value of; one in use is retired instead (is_active: false). Raises Conflict."""
    field = _locked(resource, call, id)
    value = resource.model.custom[field.name].as_string()
    if call.db.scalar(select(resource.model.id).where(value.is_not(None)).limit(1)):
        raise Conflict("field_in_use")
    call.db.delete(field)
    configure(call)


def _locked(resource: Resource, call: Call, field_id: str) -> CustomField:
    query = select(CustomField).where(CustomField.id == field_id, CustomField.module == resource.module).with_for_update()
    field = call.db.scalars(query).one_or_none()
    if field is None:
        raise NotFound()
    return field


def _settle(call: Call, field: CustomField) -> None:
    """Complete the choices and see that labels and default are good. Raises Invalid."""
    if not field.labels:
        raise Invalid.field("labels", "required")
    field.choices = written_choices(field.choices) if field.kind in WITH_CHOICES else []
    if field.kind in WITH_CHOICES and not field.choices:
        raise Invalid.field("choices", "required")
    if field.default is not None:
        _check_default(call, field)


def _check_default(call: Call, field: CustomField) -> None:
    try:
        custom.CustomField(replace(Definition.of(field), required=False)).load(field.default)
    except ValidationError as error:
        raise Invalid(errors={"default": next(iter(field_errors(error).values()))}) from error
    if field.kind == "user" and find_person(call.db, field.default) is None:
        raise Invalid.field("default", "unknown_user")
    retired = choice_problem(field.default, None, field.choices) if field.choices else None
    if retired:
        raise Invalid.field("default", retired, choices=", ".join(one["value"] for one in field.choices if one["is_active"]))


def _check_unused(resource: Resource, call: Call, field: CustomField, gone: set[str]) -> None:
    column = custom.CustomField(Definition.of(field)).column(resource.model)
    several = field.kind == "multi_choice"
    for value in sorted(gone):
        used: ColumnElement[bool] = column.contains(f'"{value}"', autoescape=True) if several else column == value
        if call.db.scalar(select(resource.model.id).where(used).limit(1)):
            raise Conflict("choice_in_use", value=value)


OPERATIONS = (
    Operation(name="fields", group="fields", method="GET", path="/meta{module}/fields", rpc="{noun}_fields", verb="module:configure",
              run=list_fields, read=True, gives=CustomFieldsSchema),
    Operation(name="create_field", group="fields", method="POST", path="/meta{module}/fields", rpc="create_{noun}_field",
              verb="module:configure", run=create_field, status=201, takes=CreateFieldInput, gives=CustomFieldSchema),
    Operation(name="update_field", group="fields", method="PATCH", path="/meta{module}/fields/<id>", rpc="update_{noun}_field",
              verb="module:configure", run=update_field, takes=UpdateFieldInput, gives=CustomFieldSchema),
    Operation(name="delete_field", group="fields", method="DELETE", path="/meta{module}/fields/<id>", rpc="delete_{noun}_field",
              verb="module:configure", run=delete_field, status=204, takes=IdInput),
)  # fmt: skip
