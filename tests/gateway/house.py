"""The whole product in one process: the Flask gateway before real doors, joined by a bus that only turns JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deploy.parts import SERVICES
from gateway import presets as identity_presets
from gateway.app import create_app
from shared.errors import Unavailable
from shared.settings import Settings
from tests.doors import TestDoor
from tests.office import Office

PASSWORD = "a-long-enough-password"


class Wire:
    """What the gateway knows as its RPC client: each call goes to the door of the service, as JSON there and back."""

    def __init__(self, doors: dict[str, TestDoor]) -> None:
        self.doors = doors

    def call(self, method: str, kwargs: dict[str, Any], headers: dict[str, str], *, timeout: float | None = None) -> dict[str, Any]:
        service, _, name = method.partition(".")
        if service not in self.doors:
            raise Unavailable
        reply = self.doors[service].handle_rpc(name, orjson.loads(orjson.dumps(kwargs)), headers)
        answer: dict[str, Any] = orjson.loads(orjson.dumps(reply))
        return answer

    def replicas(self, services: Iterable[str]) -> dict[str, int]:
        return {service: int(service in self.doors) for service in services}


class House(Office):
    """Every service behind the gateway. `house.as_("admin")` is a person at the API."""

    def __init__(self, door_of: Callable[..., TestDoor], **settings: Any) -> None:
        # One administrator asks here for as much as a thousand people do.
        given = {"admin_password": PASSWORD, "token_key": "k" * 40, "rate_limit": "1000000/second"} | settings
        self.settings = Settings(**given)
        super().__init__(door_of, *(service for service in SERVICES if service.name != "identity"))
        # Gateway and identity sign with one key.
        self.identity.settings = replace(self.identity.settings, token_key=self.settings.token_key)
        self.app = create_app(self.settings, client=Wire(self.doors), db=self.identity.database)  # type: ignore[arg-type]
        # There is no broker in this house: tests/shared/bus/test_listener.py has a real one.
        self.app.extensions["streams"]._listener.start = lambda: None
        self.settle()

    def load_presets(self) -> None:
        """The rows a new installation starts with, the administrator among them."""
        with self.identity.database.transaction() as db:
            identity_presets.load(db, self.settings)
        super().load_presets()

    def at(self, username: str = "", password: str = PASSWORD) -> Person:
        """Somebody who logs in; without a name the administrator, who is logged in already."""
        return Person(self, username, password) if username else self.administrator

    @cached_property
    def administrator(self) -> Person:
        """The administrator."""
        return Person(self, "admin", PASSWORD)

    def employ(self, username: str, role: str, **fields: Any) -> Person:
        """A new user of a default role, logged in."""
        admin = self.at()
        given = {"username": username, "display_name": username.title(), "password": PASSWORD, "roles": [role], **fields}
        answer = admin.send("POST", "/users", given)
        assert answer.status_code == 201, answer.text
        self.settle()
        return self.at(username)

    def rows(self) -> dict[str, int]:
        """How many rows each table has, to see that nothing was stored."""
        return dict(self._counts())

    def _counts(self) -> Iterator[tuple[str, int]]:
        from sqlalchemy import func, select

        from shared.db.base import ChassisBase

        for name, door in self.doors.items():
            with door.database.transaction(read=True) as db:
                for table in (*door.service.base.metadata.sorted_tables, *ChassisBase.metadata.sorted_tables):
                    yield f"{name}.{table.name}", db.scalar(select(func.count()).select_from(table)) or 0


class Person:
    """One logged-in user of the API, in English."""

    def __init__(self, house: House, username: str, password: str) -> None:
        self.client: FlaskClient = house.app.test_client()
        answer = self.client.post("/api/v1/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        self.tokens: dict[str, Any] = answer.get_json()
        self.id = self.tokens["user"]["id"]

    def send(self, method: str, path: str, body: Any = None, **arguments: Any) -> TestResponse:
        """One request; gives the response whatever it says."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}", "Accept-Language": "en", **arguments.pop("headers", {})}
        if body is not None:
            arguments["json"] = body
        return self.client.open("/api/v1" + path, method=method, headers=headers, **arguments)
