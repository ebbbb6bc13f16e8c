"""Shapes of the workbench."""

from __future__ import annotations

from services.reporting.workbench.rules import MAX_WIDGETS, WIDGETS, Size
from shared.resources import RecordSchema
from shared.schema import Choice, Flag, Id, Many, Schema, Text


class PlaceInput(Schema):
    """A widget of a template, in one of the sizes that it can have."""

    code = Choice(WIDGETS, required=True)
    size = Choice(Size, required=True)


class WorkbenchTemplateSchema(RecordSchema):
    """A template: its widgets from the first to the last, and the codes of the roles that get it."""

    owner_id = Id(dump_only=True, reference="users")
    name = Text(required=True, max=120)
    is_active = Flag()
    roles = Many(Text(required=True, max=40), max=100, unique=True, load_default=list, filterable=False)
    widgets = Many(PlaceInput, min=1, max=MAX_WIDGETS, required=True, filterable=False)


class WidgetSchema(Schema):
    """A widget there is: the sizes it can have, the usual one first, and the permissions that all are needed to see it."""

    code = Text()
    title = Text()
    sizes = Many(Choice(Size))
    permissions = Many(Text())


class WidgetsSchema(Schema):
    """Every widget."""

    items = Many(WidgetSchema)


class PlaceSchema(Schema):
    """A widget on the caller's workbench."""

    code = Text()
    title = Text()
    size = Choice(Size)


class WorkbenchSchema(Schema):
    """The caller's widgets from the first to the last. Each figure is asked of the list it is about."""

    items = Many(PlaceSchema)
