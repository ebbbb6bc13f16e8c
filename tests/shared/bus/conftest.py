"""Workshops on the one broker of the run, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shared.bus.harness import Workshop


@pytest.fixture
def on_sqlite(rabbit: Any, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop on SQLite; no replica runs yet."""
    workshop = Workshop(tmp_path, "", rabbit.url)
    yield workshop
    workshop.close()


@pytest.fixture
def on_postgres(rabbit: Any, postgres: Any, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop on PostgreSQL; no replica runs yet."""
    workshop = Workshop(tmp_path, postgres.url, rabbit.url)
    yield workshop
    workshop.close()


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def workshop(request: pytest.FixtureRequest) -> Any:
    """A workshop, once on each database."""
    return request.getfixturevalue(request.param)
