"""What services declare of their resources is true: names exist, views run, paths lead somewhere, and every word is written in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.parts import SERVICES
from gateway.routes import ROUTES
from gateway.rules import PERMISSIONS
from shared.i18n import LANGUAGES, text
from shared.resources import Resource
from shared.resources.meta import API
from tests.doors import TestDoor

RESOURCES = [(service, resource) for service in SERVICES for resource in service.resources if "describe" in resource.operations]
NAMES = [resource.name for _, resource in RESOURCES]
PATHS = {(route.method, route.path.replace("<", "{").replace(">", "}")) for route in ROUTES}
BY_HAND = {"pool_customers", "pools", "extension_requests", "api_tokens"}
"""Modules whose addresses are written by hand in the table of routes."""


@pytest.mark.parametrize(("service", "resource"), RESOURCES, ids=NAMES)
def test_declared_names_exist(service: Any, resource: Resource) -> None:
    known = resource.schema().fields.keys() | resource.dialect.fields.keys()
    named = {*resource.columns, *(name for names in resource.sections.values() for name in names)}
    assert named <= known
    assert set(resource.columns) <= resource.dialect.fields.keys()
    assert {part.lstrip("-") for part in resource.default_sort.split(",")} <= resource.dialect.filterable


@pytest.mark.parametrize(("service", "resource"), RESOURCES, ids=NAMES)
def test_every_operation_has_its_address(service: Any, resource: Resource) -> None:
    if resource.name not in BY_HAND:
        wanted = {
            (one.method, one.path_of(resource.name, resource.path).replace("<", "{").replace(">", "}"))
            for one in resource.every_operation()
            if one.path
        }
        assert wanted <= PATHS


@pytest.mark.parametrize(("service", "resource"), RESOURCES, ids=NAMES)
def test_every_view_and_action_works_and_every_word_is_written(door_of: Any, caller: Any, service: Any, resource: Resource) -> None:
    door: TestDoor = door_of(service)
    told = door.call(f"describe_{resource.name}", caller())
    assert [view["id"] for view in told["views"]] == [view.name for view in resource.views]
    for action in told["actions"]:
        assert action["permission"] in PERMISSIONS
        for path in (action["path"], action["batch_path"]):
            assert path is None or ("POST", path.removeprefix(API)) in PATHS
        assert action["scope"], f"{action['name']} leads nowhere"
    missing = sorted(key for key in _keys(resource, told) for language in LANGUAGES if not _written(*key, language, service.package()))
    assert missing == []


@pytest.mark.parametrize(("service", "resource"), RESOURCES, ids=NAMES)
def test_related_lists_can_be_asked_for(service: Any, resource: Resource) -> None:
    fields = {one.module: one.dialect.columns for _, one in RESOURCES}
    for related in resource.related:
        assert related.field in fields[related.module]
        assert related.permission in PERMISSIONS


def _keys(resource: Resource, told: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "modules", (f"{resource.name}.one",)
    yield "modules", (f"{resource.name}.many",)
    for section in told["sections"]:
        yield "sections", (section["name"],)
    for view in resource.views:
        yield "views", (view.name,)
    for related in resource.related:
        yield "related", (related.module,)
    for action in told["actions"]:
        yield "actions", (f"{resource.noun}.{action['name']}", action["name"])
        for field in action["form"]:
            yield "fields", (f"{resource.name}.{field['name']}", field["name"])
    for field in told["fields"]:
        yield "fields", (f"{resource.name}.{field['name']}", field["name"])
        for choice in field.get("choices", ()):
            yield "choices", (f"{resource.noun}.{field['name']}.{choice['value']}",)


def _written(section: str, keys: tuple[str, ...], language: str, package: str) -> bool:
    return any(text(section, key, language, package) for key in keys)
