"""A library: a small service with everything the chassis gives, once on each database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors import TestDoor
from tests.shared.library import LibraryService


@pytest.fixture
def library(door_of: Any) -> TestDoor:
    """The library's door."""
    door: TestDoor = door_of(LibraryService)
    return door
