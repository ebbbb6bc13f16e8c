"""Settings, texts, errors, contracts, column types and migrations."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from deploy.parts import SERVICES
from shared.bus import Service
from shared.contracts.base import UnknownEvent, event_class, event_classes
from shared.contracts.identity import RoleScope
from shared.contracts.pool import Words
from shared.contracts.sales import OrderLineFact, OrderUpdated
from shared.db import migrate
from shared.db.engine import Database
from shared.errors import AppError, Conflict, Invalid, NotFound, WrongState, problem
from shared.i18n import LANGUAGES, best_language, error_text, label
from shared.settings import SettingError, Settings


class TestSettings:
    def test_from_the_environment(self) -> None:
        read = Settings.from_env(
            {"HIGHSEAS_PORT": "9000", "HIGHSEAS_DEMO": "yes", "HIGHSEAS_DATA_DIR": "/tmp/x", "HIGHSEAS_AMQP_URL": "  "}
        )
        assert (read.port, read.demo, read.data_dir, read.amqp_url) == (9000, True, Path("/tmp/x"), "")
        assert read.database_for("sales") == "sqlite:////tmp/x/sales.sqlite3"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("PORT", "many"), ("PORT", "0"), ("PORT", "65536"), ("PROBE_PORT", "65536"), ("DEMO", "perhaps"), ("TIME_ZONE", "Mars/Base"), ("TIME_ZONE", "../etc"),
         ("CURRENCY", "cny"), ("CURRENCY", "DEM"), ("LANGUAGE", "fr"), ("DATABASE_URL", "mysql://x"), ("RPC_TIMEOUT_SECONDS", "soon")],
    )  # fmt: skip
    def test_a_wrong_one_is_named_in_one_line(self, name: str, value: str) -> None:
        with pytest.raises(SettingError) as refused:
            Settings.from_env({f"HIGHSEAS_{name}": value})
        assert str(refused.value).startswith(f"HIGHSEAS_{name}: ")
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(["en"], "en"), (["en-GB", "zh"], "en"), (["zh"], "zh-CN"), (["zh-Hans-HK"], "zh-CN"), (["zh-Hant"], "zh-TW"), (["zh-HK"], "zh-TW"), (["zh_TW"], "zh-TW"),
     (["fr", "zh-tw"], "zh-TW"), (["fr"], "zh-CN"), (["english"], "zh-CN"), ([None], "zh-CN"), ([""], "zh-CN"), ([], "zh-CN")],
)  # fmt: skip
def test_best_language(wanted: list[str | None], found: str) -> None:
    assert best_language(*wanted) == found
    assert best_language("fr", otherwise="en") == "en"


def test_texts_are_the_packages_own_before_the_shared_ones() -> None:
    assert error_text("wrong_state", "en", "services.sales", {"status": "voided"}) == "Not possible while the order is voided."
    assert error_text("wrong_state", "en", "services.finance", {"status": "paid"}) == "Not possible while the status is paid."
    pending = {
        language: error_text("wrong_state", language, "services.sales", WrongState("pending_approval", "order.status").params)
        for language in LANGUAGES
    }
    assert pending == {
        "en": "Not possible while the order is pending approval.", "zh-CN": "订单状态为“审批中”时不能执行此操作。", "zh-TW": "訂單狀態為「審批中」時不能執行此操作。",
    }  # fmt: skip
    assert "Acme Ltd." in error_text("already_claimed", "en", "services.pool", {"owner": "Acme Ltd."})
    assert error_text("no_such_code", "en", "shared", {}) == "no_such_code"
    assert label("fields", "orders.never_written", "en", "services.sales") == "Never written"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(NotFound(), 404, "not_found"), (Conflict("has_receipts"), 409, "has_receipts"), (WrongState("draft"), 409, "wrong_state"),
     (Invalid.field("a.0.b", "too_long", max=5), 422, "invalid"), (AppError(), 500, "internal_error")],
)  # fmt: skip
def test_problem_documents(error: AppError, status: int, code: str) -> None:
    told = problem(error, language="en", request_id="r-1", package="services.sales")
    assert (told["status"], told["code"], told["type"], told["request_id"]) == (status, code, f"urn:highseas:problem:{code}", "r-1")
    if status == 422:
        assert told["errors"] == [{"field": "a.0.b", "code": "too_long", "detail": "At most 5 characters."}]


VALUES: dict[Any, Any] = {
    "str": "x", "str | None": None, "int": 3, "int | None": 7, "bool": True, "Decimal": Decimal("1.50"), "date": date(2026, 1, 2), "date | None": None,
    "datetime": datetime(2026, 1, 2, 3, tzinfo=UTC), "datetime | None": datetime(2026, 1, 2, 3, tzinfo=UTC), "tuple[str, ...]": ("a", "b"), "tuple[int, ...]": (1, 2),
    "tuple[RoleScope, ...]": (RoleScope(module="orders", scope="team"),),
    "tuple[Words, ...]": (Words(language="en", text="3 days left"),),
    "tuple[OrderLineFact, ...]": (
        OrderLineFact(line_id="l", product_id="p", product_code="c", product_name="n", quantity=Decimal("1.000"), unit_price=Decimal("2.00"),
                      discount=Decimal("0.00"), total=Decimal("2.00"), cost=Decimal("1.00")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("publisher", "name"), sorted(event_classes()))
def test_every_event_survives_the_wire_and_ignores_what_it_does_not_know(publisher: str, name: str) -> None:
    kind = event_class(publisher, name)
    event = kind(**{field.name: VALUES[str(field.type)] for field in fields(kind)})
    wire = event.encode()
    assert kind.decode(wire) == event
    assert kind.decode({**wire, "a_field_of_tomorrow": {"x": 1}}) == event


def test_news_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        event_class("sales", "order_flew")
    event = OrderUpdated(**{field.name: VALUES[str(field.type)] for field in fields(OrderUpdated)})
    for wrong in ({"order_id": 5}, {"total": "much"}, {"order_date": "tomorrow"}, {"lines": [{"line_id": "x"}]}):
        with pytest.raises((ValueError, TypeError, KeyError, ArithmeticError)):
            OrderUpdated.decode({**event.encode(), **wrong})
    with pytest.raises(TypeError):
        OrderUpdated.decode({"order_id": "x"})


@pytest.mark.filterwarnings("ignore:autogenerate skipping", "ignore:Skipped unsupported reflection")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_migrations_make_what_the_models_have(service: type[Service], kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/{service.name}.sqlite3" if kind == "sqlite" else request.getfixturevalue("postgres").url
    database = Database(f"migrated_{service.name}" if kind == "postgres" else service.name, url)
    renamed = type(service.__name__, (service,), {"name": database.service, "__module__": service.__module__})
    try:
        migrate.check(renamed, database)
        migrate.upgrade(renamed, database)
    finally:
        if kind == "postgres":
            with database.engine.begin() as connection:
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{database.service}" CASCADE'))
        database.close()
