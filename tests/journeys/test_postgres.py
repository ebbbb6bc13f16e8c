"""The main job once more, with every service on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from deploy.postgres import PrivatePostgres
from deploy.suite import Suite
from tests.journeys.conftest import Company, run_suite
from tests.journeys.test_main_job import (
    pytestmark,  # noqa: F401 (the same audit after each)
    test_foreign_records_are_not_found,
    test_from_claimed_customer_to_last_instalment,
    test_instalments_add_up_to_the_cent,
    test_voided_order_undoes_plans_goal_and_figures,
    test_what_one_service_acknowledged_the_next_accepts_at_once,
)
from tests.journeys.test_races import test_two_cashiers_collect_the_same_plans

__all__ = [
    "test_foreign_records_are_not_found",
    "test_from_claimed_customer_to_last_instalment",
    "test_instalments_add_up_to_the_cent",
    "test_two_cashiers_collect_the_same_plans",
    "test_voided_order_undoes_plans_goal_and_figures",
    "test_what_one_service_acknowledged_the_next_accepts_at_once",
]


@pytest.fixture(scope="module")
def suite(postgres: PrivatePostgres) -> Iterator[Suite]:
    """A running suite on a database of its own."""
    name = f"suite_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield from run_suite(database_url=postgres.url.rsplit("/", 1)[0] + f"/{name}")


@pytest.fixture(scope="module")
def company(suite: Suite) -> Company:
    """The small company."""
    return Company(suite)
