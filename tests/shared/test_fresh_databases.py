"""Doors of tests begin with empty tables of their own, whatever stood in their place before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from services.pool.pools.models import Pool
from services.pool.service import PoolService
from shared.db import new_id
from shared.settings import Settings
from tests.conftest import open_doors
from tests.shared.bus.workshop import Done, WorkshopService


def test_two_services_of_one_name_find_their_own_tables_empty(postgres: Any, tmp_path: Path) -> None:
    assert WorkshopService.name == PoolService.name
    for service, table in 2 * ((PoolService, Pool), (WorkshopService, Done)):
        with open_doors(Settings(data_dir=tmp_path, database_url=postgres.url)) as door_of, door_of(service).database.transaction() as db:
            assert db.scalar(select(func.count()).select_from(table)) == 0
            db.add(Done(id=new_id(), text="x") if table is Done else Pool(name="North"))
