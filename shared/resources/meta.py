"""What a front end needs to know of a module: its fields and the caller's actions, in the caller's language."""

from __future__ import annotations

from typing import Any

from shared.bus.calls import Call
from shared.i18n import label
from shared.schema import Choice, Field, Many, One, Schema, Text


def describe(resource: Any, call: Call) -> dict[str, Any]:
    """The metadata of a resource for this caller: {"module", "label", "fields": [...], "actions": [...]}."""
    words = _Words(resource, call)
    return {
        "module": resource.module,
        "noun": resource.noun,
        "path": f"/api/v1/{resource.module}",
        "label": words.module("one"),
        "label_plural": words.module("many"),
        "fields": [words.field(name, field) for name, field in resource.dialect.fields.items() if name != "can"],
        "actions": [
            {"name": action.name, "label": words.action(action.name), "permission": action.permission_of(resource)}
            for action in resource.all_actions
            if call.caller.may(action.permission_of(resource))
        ],
        "default_sort": resource.default_sort,
    }


class _Words:
    """Labels of one resource in one language."""

    def __init__(self, resource: Any, call: Call) -> None:
        self.resource = resource
        self.language = call.caller.language
        self.package = call.package
        self.input: dict[str, Any] = dict(resource.create_schema().load_fields) if resource.create_schema else {}

    def module(self, form: str) -> str:
        return label("modules", f"{self.resource.name}.{form}", self.language, self.package)

    def action(self, name: str) -> str:
        return label("actions", name, self.language, self.package)

    def field(self, name: str, field: Field) -> dict[str, Any]:
        given = self.input.get(name)
        described: dict[str, Any] = {
            "name": name,
            "label": self._label(name),
            "type": field.kind,
            "required": bool(given is not None and given.required),
            "read_only": given is None,
            "filterable": name in self.resource.dialect.filterable,
            "sortable": name in self.resource.dialect.filterable,
            "searchable": name in self.resource.search,
            "custom": False,
        }
        return described | self._details(name, given if isinstance(given, Field) else field)

    def _label(self, name: str) -> str:
        own = f"{self.resource.name}.{name}"
        found = label("fields", own, self.language, self.package)
        missing = found == name.replace("_", " ").capitalize()
        return label("fields", name, self.language, self.package) if missing else found

    def _details(self, name: str, field: Field) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if isinstance(field, Text):
            details["max_length"] = field.max
        if isinstance(field, Choice):
            details["choices"] = [
                {"value": value, "label": label("choices", f"{self.resource.noun}.{name}.{value}", self.language, self.package)}
                for value in field.choices
            ]
        if field.metadata.get("reference"):
            details["reference"] = field.metadata["reference"]
        inner = getattr(field, "inner", None)
        if isinstance(field, (Many, One)) and isinstance(inner, Schema):
            details["fields"] = [self.field(child, one) for child, one in inner.dump_fields.items() if isinstance(one, Field)]
        return details
