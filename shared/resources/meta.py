"""What a front end needs to know of a module: its fields and what the caller may do, in the caller's language.

Everything that has an order is a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.bus.calls import Call, RpcSpec
from shared.i18n import label, text
from shared.resources.choices import label_of
from shared.resources.custom import CustomInput
from shared.resources.declarations import RowAction
from shared.resources.operation import Operation
from shared.resources.query import kind_of, operators
from shared.resources.shape import ALWAYS_SHOWN
from shared.resources.views import views_for
from shared.schema import Choice, Dictionary, Exact, Field, Many, One, Schema, Text, Whole

if TYPE_CHECKING:
    from shared.resources.resource import Resource

API = "/api/v1"
SYSTEM_FIELDS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by")


def describe(resource: Resource, service: Any, call: Call) -> dict[str, Any]:
    """The module for this caller: fields, sections, operations, actions with their dialogs, related lists, views."""
    words = _Words(resource, call)
    fields = words.fields()
    return {
        "module": resource.module,
        "noun": resource.noun,
        "path": API + resource.path,
        "label": words.module("one"),
        "label_plural": words.module("many"),
        "fields": fields,
        "columns": [name for name in resource.columns if name in words.shape.dialect.fields],
        "sections": words.sections(fields),
        "operations": words.operations(),
        "actions": [words.action(action, service.rpcs()) for action in resource.all_actions if words.offers(action)],
        "related": [words.related(one) for one in resource.related if call.caller.may(one.permission)],
        "views": views_for(resource, call),
        "default_sort": resource.default_sort,
        "operators": {
            kind_of(field): list(operators(field)) for name, field in words.shape.dialect.fields.items() if name in words.filterable
        },
    }


def fields_of(resource: Resource, call: Call) -> list[dict[str, Any]]:
    """The described fields of a module for this caller alone."""
    return _Words(resource, call).fields()


def title_of(resource: Resource, call: Call) -> str:
    """What many records of the module are called in the caller's language."""
    return _Words(resource, call).module("many")


class _Words:
    """One resource as it is told to one caller."""

    def __init__(self, resource: Resource, call: Call) -> None:
        self.resource, self.call = resource, call
        self.language, self.package = call.caller.language, call.package
        self.shape = resource.shape(call)
        self.filterable = self.shape.dialect.columns
        loads = resource.create_schema().load_fields | resource.update_schema().load_fields
        self.input = {
            name: one
            for name, one in loads.items()
            if isinstance(one, Field) and not isinstance(one, CustomInput) and name not in ALWAYS_SHOWN
        }
        self.changes = resource.update_schema().load_fields

    def module(self, form: str) -> str:
        return label("modules", f"{self.resource.name}.{form}", self.language, self.package)

    def fields(self) -> list[dict[str, Any]]:
        """Every field: those of rows, those only a form has (a password, lines to write), then the custom ones."""
        shown = {name: one for name, one in self.shape.dialect.fields.items() if name != "can" and name not in self.shape.custom}
        hidden = (*self.shape.hidden, *shown)
        forms = {name: one for name, one in self.input.items() if name not in hidden}
        inner = {name: one for name, one in self._detail_fields().items() if name not in (*shown, *forms, *self.shape.hidden)}
        plain = [self.field(name, one) for name, one in (shown | forms | inner).items()]
        return [*plain, *(self._custom(name) for name in self.shape.custom)]

    def field(self, name: str, field: Field) -> dict[str, Any]:
        given = self.input.get(name)
        written = given if isinstance(given, Field) else field
        described: dict[str, Any] = {
            "name": name,
            "label": self._label(name),
            "type": kind_of(written),
            "required": bool(given is not None and given.required),
            "read_only": given is None or name in self.shape.read_only,
            "fixed": given is not None and name not in self.changes,
            "filterable": name in self.filterable,
            "sortable": name in self.filterable,
            "searchable": name in self.shape.dialect.search,
            "list": name in self.resource.columns,
            "section": self._section(name),
            "help": text("help", f"{self.resource.name}.{name}", self.language, self.package),
            "default": self._stored(name) if given is not None else None,
            "custom": False,
        }
        return described | self._details(name, written)

    def sections(self, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = ("general", *self.resource.sections, "custom", "system")
        used = {field["section"] for field in fields}
        return [
            {"name": name, "label": label("sections", name, self.language, self.package)} for name in dict.fromkeys(names) if name in used
        ]

    def operations(self) -> list[str]:
        """The names of what the caller may do with the module as a whole."""
        known, caller = self.resource, self.call.caller
        allowed = [one.name for one in self.resource.every_operation() if one.path and caller.may(known.permission_for(one.verb))]
        may = [("configure", "module:configure"), ("share_views", "module:share_views")]
        return [*allowed, *(name for name, permission in may if caller.may(permission))]

    def offers(self, action: RowAction) -> bool:
        standard = action.name in ("update", "delete") or (action.name == "assign" and "batch_assign" in self.resource.operations)
        return not standard and self.call.caller.may(action.permission_of(self.resource))

    def action(self, action: RowAction, rpcs: dict[str, RpcSpec]) -> dict[str, Any]:
        """An action with where to post it and the fields of its dialog."""
        resource, dashed = self.resource, action.name.replace("_", "-")
        one = rpcs.get(action.rpc or f"{action.name}_{resource.noun}")
        many = rpcs.get(f"batch_{action.name}_{resource.name}")
        path = action.path or (f"/{resource.module}/{{id}}/{dashed}" if one else None)
        batch_path = action.batch_path or (f"/{resource.module}/batch-{dashed}" if many else None)
        spec = one or many
        takes = action.takes or (spec.takes if spec else None)
        return {
            "name": action.name,
            "label": self._action("actions", action.name),
            "permission": action.permission_of(resource),
            "scope": [scope for scope, there in (("row", path or batch_path), ("batch", batch_path)) if there],
            "tone": action.tone,
            "confirm": self._action("confirms", action.name) if action.confirm else None,
            "path": path and API + path,
            "batch_path": batch_path and API + batch_path,
            "ids": action.ids,
            "form": self._form(takes, ("id", "version", "ids", action.ids)) if takes else [],
        }

    def related(self, one: Any) -> dict[str, Any]:
        return {"module": one.module, "path": f"{API}/{one.module}", "field": one.field, "label": label("related", one.module, self.language, self.package)}  # fmt: skip

    def _form(self, takes: type[Schema], without: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {"name": name, "label": self._label(name), "type": kind_of(field), "required": field.required, "default": _default(field)}
            | self._details(name, field)
            for name, field in takes().load_fields.items()
            if isinstance(field, Field) and name not in without
        ]

    def _action(self, section: str, name: str) -> str:
        own = text(section, f"{self.resource.noun}.{name}", self.language, self.package)
        return (
            own
            or text(section, name, self.language, self.package)
            or label(section, "any" if section == "confirms" else name, self.language, self.package)
        )

    def _detail_fields(self) -> dict[str, Field]:
        return {name: one for name, one in self.resource.schema().dump_fields.items() if isinstance(one, Field) and name != "can"}

    def _label(self, name: str) -> str:
        return text("fields", f"{self.resource.name}.{name}", self.language, self.package) or label(
            "fields", name, self.language, self.package
        )

    def _section(self, name: str) -> str:
        of_field = (section for section, names in self.resource.sections.items() if name in names)
        return next(of_field, "system" if name in SYSTEM_FIELDS else "general")

    def _custom(self, name: str) -> dict[str, Any]:
        one = self.shape.custom[name].definition
        described = self.field(name, self.shape.custom[name].field)
        return described | {
            "label": label_of(one.labels, self.language, name),
            "required": one.required and name not in self.shape.read_only,
            "read_only": name in self.shape.read_only,
            "section": "custom",
            "help": label_of(one.help, self.language, "") if one.help else None,
            "default": one.default,
            "custom": True,
        }

    def _stored(self, name: str) -> Any:
        """What a new record has where nothing is given."""
        column = self.resource.model.__table__.columns.get(name)
        default = column.default.arg if column is not None and column.default is not None and column.default.is_scalar else None
        return default if isinstance(default, (str, int, bool)) and default != "" else None

    def _details(self, name: str, field: Field) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if isinstance(field, Text) and not isinstance(field, Dictionary):
            details["max_length"] = field.max
        if isinstance(field, (Whole, Exact)):
            details |= _bounds(field)
        if field.metadata.get("reference"):
            details["reference"] = field.metadata["reference"]
        inner = getattr(field, "inner", None)
        if isinstance(field, (Many, One)) and isinstance(inner, Schema):
            children = (inner.load_fields if name in self.input else inner.dump_fields).items()
            details["fields"] = [
                self._child(name, child, one)
                for child, one in children
                if isinstance(one, Field) and f"{name}.{child}" not in self.shape.hidden
            ]
        choices = self._choices(name, field)
        return details | ({"choices": choices} if choices is not None else {})

    def _child(self, parent: str, name: str, field: Field) -> dict[str, Any]:
        described = {
            "name": name,
            "label": self._label(name),
            "type": kind_of(field),
            "required": field.required,
            "read_only": parent not in self.input,
        }
        return described | self._details(name, field)

    def _choices(self, name: str, field: Field) -> list[dict[str, Any]] | None:
        entries = self.shape.choices.get(name)
        if entries is not None:
            return [
                {"value": one["value"], "label": label_of(one["labels"], self.language, one["value"]), "color": one["color"], "active": one["is_active"]}
                for one in entries
            ]  # fmt: skip
        if not isinstance(field, Choice):
            return None
        tones = field.metadata.get("tones") or {}
        return [
            {"value": value, "label": self._choice(name, value), "color": tones.get(value, "neutral"), "active": True}
            for value in field.choices
        ]

    def _choice(self, name: str, value: str) -> str:
        return label("choices", f"{self.resource.noun}.{name}.{value}", self.language, self.package)


def _default(field: Field) -> Any:
    return field.load_default if isinstance(field.load_default, (str, int, bool)) else None


def _bounds(field: Whole | Exact) -> dict[str, Any]:
    places = {} if isinstance(field, Whole) else {"places": field.places}
    limits = {"min": None if field.min is None else str(field.min), "max": None if field.max is None else str(field.max)}
    return places | limits


OPERATIONS = (
    Operation(name="describe", method="GET", path="/meta{module}", rpc="describe_{many}", verb="read", run=describe, read=True),
)  # fmt: skip
