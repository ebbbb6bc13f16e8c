"""Dictionaries: the choices an administrator edits, such as the sources of customers.

Until somebody edits a dictionary it is what the code presets, with labels from the package's texts.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, cast

from marshmallow import post_load
from sqlalchemy import select

from shared.bus.calls import Call
from shared.errors import Conflict, Invalid, NotFound, StaleVersion
from shared.i18n import LANGUAGES, text
from shared.resources.configuration import Configuration, DictionaryRow, configuration, configure
from shared.resources.operation import Operation
from shared.schema import Choice, Dictionary, Flag, Many, One, Schema, Text, Whole

if TYPE_CHECKING:
    from shared.resources.resource import Resource

TONES = ("neutral", "info", "good", "warn", "bad")
VALUE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class _Written(Schema):
    @post_load
    def leave_out_empty(self, data: dict[str, str | None], **kwargs: Any) -> dict[str, str]:
        """What is read back has every language, those too in which there is no text."""
        return {language: text for language, text in data.items() if text}


LabelsSchema = cast(
    type[Schema],
    type(
        "LabelsSchema",
        (_Written,),
        {"__doc__": "A text per language.", **{language: Text(max=200, allow_none=True) for language in LANGUAGES}},
    ),
)


class ChoiceSchema(Schema):
    """One choice. A new one may leave out its value and gets one."""

    value = Text(max=40)
    labels = One(LabelsSchema, required=True)
    color = Choice(TONES)
    is_active = Flag()


class ChoicesInput(Schema):
    """All entries of a dictionary, in order, with the version they were read at (0: never edited)."""

    field = Text(max=60, required=True)
    choices = Many(ChoiceSchema, min=1, max=300, required=True)
    version = Whole(min=0)


class FieldNameInput(Schema):
    """Which field's dictionary."""

    field = Text(max=60, required=True)


class ChoicesSchema(Schema):
    """A dictionary."""

    field = Text()
    choices = Many(ChoiceSchema)
    version = Whole()


def entries_of(noun: str, field: Dictionary, known: Configuration, package: str) -> list[dict[str, Any]]:
    """The entries of a field's dictionary: those an administrator stored, else the presets."""
    stored = known.dictionaries.get(field.dictionary)
    return stored if stored is not None else _presets(noun, field, package)


def choice_labels(call: Call, noun: str, field: Dictionary) -> dict[str, str]:
    """What the values of a dictionary are called in the caller's language."""
    entries = entries_of(noun, field, configuration(call), call.package)
    return {one["value"]: label_of(one["labels"], call.caller.language, one["value"]) for one in entries}


def label_of(labels: dict[str, str], language: str, otherwise: str) -> str:
    """The text in a language, or in the first one that has it."""
    return labels.get(language) or next((labels[one] for one in LANGUAGES if labels.get(one)), otherwise)


def choice_problem(value: Any, before: Any, entries: list[dict[str, Any]]) -> str | None:
    """Why a value, or one of several, cannot be chosen where another stood before, as an error code, or None."""
    if value is None or value == before:
        return None
    wanted = set(value if isinstance(value, list) else [value]) - set(before if isinstance(before, list) else [before])
    active = {one["value"]: one["is_active"] for one in entries}
    if wanted - active.keys():
        return "invalid_choice"
    return None if all(active[one] for one in wanted) else "retired_choice"


def written_choices(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choices as they are stored: each with a value, a colour and whether it is active. Raises Invalid."""
    found: dict[str, dict[str, Any]] = {}
    for index, one in enumerate(choices):
        value = one.get("value") or f"v{secrets.token_hex(4)}"
        if not VALUE.fullmatch(value):
            raise Invalid.field(f"choices.{index}.value", "invalid_code")
        if value in found:
            raise Invalid.field(f"choices.{index}.value", "repeated_items")
        if not one["labels"]:
            raise Invalid.field(f"choices.{index}.labels", "required")
        found[value] = {"color": "neutral", "is_active": True, **one, "value": value}
    return list(found.values())


def get_choices(resource: Resource, service: Any, call: Call, *, field: str) -> dict[str, Any]:
    """The dictionary behind a field, with its labels in every language."""
    kind = _dictionary(resource, field)
    row = _row(call, kind)
    choices = entries_of(resource.noun, kind, configuration(call), call.package)
    return {"field": field, "choices": choices, "version": row.version if row else 0}


def save_choices(
    resource: Resource, service: Any, call: Call, *, field: str, choices: list[dict[str, Any]], version: int = 0
) -> dict[str, Any]:
    """Replace a dictionary. A value in use may be retired, not left out. Raises Conflict, Invalid, StaleVersion."""
    kind = _dictionary(resource, field)
    row = _row(call, kind)
    if version != (row.version if row else 0):
        raise StaleVersion
    entries = written_choices(choices)
    before = entries_of(resource.noun, kind, configuration(call), call.package)
    _check_kept(kind, entries)
    _check_unused(service, call, kind, {one["value"] for one in before} - {one["value"] for one in entries})
    row = row or DictionaryRow(name=kind.dictionary)
    row.entries = entries
    call.db.add(row)
    configure(call)
    return {"field": field, "choices": entries, "version": row.version}


def _dictionary(resource: Resource, name: str) -> Dictionary:
    field = resource.dictionaries.get(name)
    if field is None:
        raise NotFound()
    return field


def _row(call: Call, field: Dictionary) -> DictionaryRow | None:
    return call.db.scalars(select(DictionaryRow).where(DictionaryRow.name == field.dictionary)).one_or_none()


def _check_kept(field: Dictionary, entries: list[dict[str, Any]]) -> None:
    active = {one["value"] for one in entries if one["is_active"]}
    for value in field.kept:
        if value not in active:
            raise Conflict("choice_needed", value=value)


def _check_unused(service: Any, call: Call, kind: Dictionary, gone: set[str]) -> None:
    columns = [
        getattr(one.model, name)
        for one in service.resources
        for name, field in one.dictionaries.items()
        if gone and field.dictionary == kind.dictionary
    ]
    for column in columns:
        used = call.db.scalar(select(column).where(column.in_(gone)).limit(1))
        if used is not None:
            raise Conflict("choice_in_use", value=used)


def _presets(noun: str, field: Dictionary, package: str) -> list[dict[str, Any]]:
    def labels(value: str) -> dict[str, str]:
        key = f"{noun}.{field.name}.{value}"
        return {language: text("choices", key, language, package) or value for language in LANGUAGES}

    tones = field.metadata.get("tones") or {}
    return [{"value": value, "labels": labels(value), "color": tones.get(value, "neutral"), "is_active": True} for value in field.presets]


OPERATIONS = (
    Operation(name="choices", group="choices", method="GET", path="/meta{module}/choices/<field>", rpc="{noun}_choices", verb="module:configure",
              run=get_choices, read=True, takes=FieldNameInput, gives=ChoicesSchema),
    Operation(name="save_choices", group="choices", method="PUT", path="/meta{module}/choices/<field>", rpc="save_{noun}_choices",
              verb="module:configure", run=save_choices, takes=ChoicesInput, gives=ChoicesSchema),
)  # fmt: skip
