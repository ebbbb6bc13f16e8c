"""Workshops on the one broker of the run, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.folders import data_folder
from tests.shared.bus.harness import Workshop


@pytest.fixture
def on_sqlite(rabbit: Any) -> Iterator[Workshop]:
    """A workshop on SQLite; no replica runs yet."""
    with data_folder("workshop") as folder:
        workshop = Workshop(folder, "", rabbit.url)
        yield workshop
        workshop.close()


@pytest.fixture
def on_postgres(rabbit: Any, postgres: Any) -> Iterator[Workshop]:
    """A workshop on PostgreSQL; no replica runs yet."""
    with data_folder("workshop") as folder:
        workshop = Workshop(folder, postgres.url, rabbit.url)
        yield workshop
        workshop.close()


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def workshop(request: pytest.FixtureRequest) -> Any:
    """A workshop, once on each database."""
    return request.getfixturevalue(request.param)
