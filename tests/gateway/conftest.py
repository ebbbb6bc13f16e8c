"""The gateway before real doors, once for each file and database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.house import House


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product in one process."""
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    with open_doors(Settings(data_dir=tmp_path_factory.mktemp("house"), database_url=url, service_workers=20)) as door_of:
        yield House(door_of)
