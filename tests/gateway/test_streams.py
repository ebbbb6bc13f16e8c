"""The stream of events: who is told of what, and when a stream ends."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from gateway import streams, tokens
from shared import clock
from shared.contracts.activity import ReminderCreated
from shared.contracts.base import Event
from shared.contracts.customer import CustomerUpdated, FollowUpCreated
from shared.contracts.pool import CustomerClaimed, CustomerExtended, CustomerReleased, PoolSettingsChanged
from shared.contracts.sales import OrderStepApproved, OrderSubmitted, QuoteUpdated
from shared.db import new_id
from tests.gateway.house import House, Person

SECONDS = 60
MARK = streams.EVERYTHING


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause after an event, and a heartbeat at once."""
    monkeypatch.setattr(streams, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.2)


class Ear:
    """Somebody's open stream, read on a thread as a browser reads it."""

    def __init__(self, house: House, person: Person) -> None:
        self._ask = lambda: person.send("GET", "/events/stream")
        hub: list[streams.Stream] = house.app.extensions["streams"]._open
        self.lines: queue.Queue[str | None] = queue.Queue()
        self._closed = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self.next_line() == ": begins"
        self._stream = hub[-1]

    def _read(self) -> None:
        answer = self._ask()
        for chunk in answer.response:
            self.lines.put(str(chunk, "utf-8").strip())
            if self._closed:
                break
        answer.close()
        self.lines.put(None)

    def next_line(self) -> str | None:
        """What comes next; None at the end."""
        return self.lines.get(timeout=SECONDS)

    def told(self) -> list[str]:
        """The modules it was told since the last time. A mark of the test's own, behind them, says that there is no more on the way."""
        self._stream.tell({MARK})
        found: set[str] = set()
        while MARK not in found:
            line = self.next_line()
            assert line, "the stream ended"
            found |= set(json.loads(line.partition("data: ")[2])) if line.startswith("event: changed") else set()
        return sorted(found - {MARK})

    def close(self) -> None:
        """Leave, as a browser does: it is noticed with the next line."""
        self._closed = True
        self._stream.tell({MARK})
        self._reader.join(SECONDS)


@pytest.fixture
def listen(house: House) -> Iterator[Callable[[Person], Ear]]:
    """Opens streams, and closes them after the test."""
    ears: list[Ear] = []

    def make(person: Person) -> Ear:
        ears.append(Ear(house, person))
        return ears[-1]

    yield make
    for ear in ears:
        ear.close()
    assert house.app.extensions["streams"]._open == []


class Team:
    """A director, a representative below and one elsewhere; the pool is on for the two representatives."""

    def __init__(self, house: House) -> None:
        self.house = house
        mark = new_id()[-8:]
        self.admin = house.at()
        self.director = house.employ(f"director{mark}", "sales_director")
        self.rep = house.employ(f"rep{mark}", "sales_rep", manager_id=self.director.id)
        self.other = house.employ(f"other{mark}", "sales_rep")
        role = {"code": f"clerk{mark}", "name": "Clerk", "permissions": ["customer:read"], "scopes": {"*": "own", "quotes": "all"}}
        assert self.admin.send("POST", "/roles", role).status_code == 201
        self.clerk = house.employ(f"clerk{mark}", role["code"])
        settings = {"enabled": True, "user_ids": [self.rep.id, self.other.id], "protection_days": 10}
        assert self.admin.send("PUT", "/pool/settings", settings).status_code == 200
        house.settle()
        self.pool_id = self.admin.send("GET", "/pools").get_json()["items"][0]["id"]

    def hear(self, event: Event) -> None:
        self.house.app.extensions["streams"].hear(event)

    def pool_event(self, kind: Any, *, owner: Person | None, before: Person | None, status: str) -> Event:
        event: Event = kind(
            customer_id=new_id(), pool_status=status, owner_id=owner.id if owner else None, from_owner_id=before.id if before else None,
            protected_until=None, goal="pending", actor_id=None, pool_id=self.pool_id,
        )  # fmt: skip
        return event


@pytest.fixture(scope="module")
def team(house: House) -> Team:
    return Team(house)


def customer_of(person: Person) -> CustomerUpdated:
    return CustomerUpdated(customer_id=new_id(), name="Harbour Ltd", owner_id=person.id, created_at=clock.now())


def test_news_of_a_customer_reaches_owner_and_those_above_alone(team: Team, listen: Callable[[Person], Ear]) -> None:
    rep, director, other, admin = (listen(one) for one in (team.rep, team.director, team.other, team.admin))
    team.hear(customer_of(team.rep))
    assert [ear.told() for ear in (rep, director, other, admin)] == [["customers"], ["customers"], [], ["customers"]]


def test_collaborators_hear_of_what_was_shared_with_them(team: Team, listen: Callable[[Person], Ear]) -> None:
    other, rep, director = (listen(one) for one in (team.other, team.rep, team.director))
    team.hear(replace(customer_of(team.rep), collaborator_ids=(team.other.id,)))
    assert [ear.told() for ear in (other, rep, director)] == [["customers"]] * 3
    made = {"follow_up_id": new_id(), "customer_id": new_id(), "customer_name": "Harbour Ltd", "kind": "call", "summary": "Hello"}
    team.hear(
        FollowUpCreated(**made, owner_id=team.rep.id, contacted_at=clock.now(), next_visit_on=None, collaborator_ids=(team.other.id,))
    )
    assert [ear.told() for ear in (other, rep)] == [["customers", "follow-ups"]] * 2


def test_a_department_hears_of_its_own(house: House, team: Team, listen: Callable[[Person], Ear]) -> None:
    def department(**fields: Any) -> str:
        made = team.admin.send("POST", "/departments", {"name": new_id()[-8:], **fields})
        return str(made.get_json()["id"])

    role = {"code": f"head{new_id()[-8:]}", "name": "Head", "permissions": ["customer:read", "quote:read"], "scopes": {"*": "department"}}
    assert team.admin.send("POST", "/roles", role).status_code == 201
    north, south = department(), department()
    quay = department(parent_id=north)
    house.settle()
    boss, stranger = (house.employ(f"boss{new_id()[-8:]}", role["code"], department_id=one) for one in (north, south))
    worker = house.employ(f"worker{new_id()[-8:]}", "sales_rep", department_id=quay)
    ears = [listen(one) for one in (boss, stranger)]
    team.hear(customer_of(worker))
    assert [ear.told() for ear in ears] == [["customers"], []]


def test_without_the_permission_nothing_is_told(team: Team, listen: Callable[[Person], Ear]) -> None:
    clerk, rep = listen(team.clerk), listen(team.rep)
    team.hear(
        QuoteUpdated(
            quote_id=new_id(), number="QT1", name="Pumps", customer_id=new_id(), owner_id=team.rep.id, status="draft", total=Decimal(1)
        )
    )
    assert (rep.told(), clerk.told()) == (["quotes"], [])


def test_reminders_are_private_whatever_the_scope(team: Team, listen: Callable[[Person], Ear]) -> None:
    rep, director, admin = (listen(one) for one in (team.rep, team.director, team.admin))
    team.hear(ReminderCreated(reminder_id=new_id(), user_id=team.rep.id, kind="personal", text="Call", remind_at=clock.now()))
    assert [ear.told() for ear in (rep, director, admin)] == [["reminders"], [], []]


@pytest.mark.parametrize("kind", [OrderSubmitted, OrderStepApproved])
def test_the_approvers_are_told_by_name(team: Team, listen: Callable[[Person], Ear], kind: type[OrderSubmitted]) -> None:
    other, rep = listen(team.other), listen(team.rep)
    more = {"approved_by": team.director.id} if kind is OrderStepApproved else {}
    team.hear(
        kind(
            order_id=new_id(), number="SO1", subject="Pumps", customer_id=new_id(), owner_id=team.rep.id, order_date=clock.now().date(),
            total=Decimal(1), status="pending_approval", approver_ids=(team.other.id, team.clerk.id), submitted_by=team.rep.id, **more,
        )
    )  # fmt: skip
    assert (rep.told(), other.told()) == (["orders"], ["orders"])


def test_who_works_with_a_pool_hears_of_what_is_free_there(team: Team, listen: Callable[[Person], Ear]) -> None:
    rep, other, clerk = (listen(one) for one in (team.rep, team.other, team.clerk))
    team.hear(team.pool_event(CustomerClaimed, owner=team.rep, before=None, status="assigned"))
    assert (rep.told(), other.told()) == (["customers", "pool-customers"], ["customers", "pool-customers"])
    team.hear(team.pool_event(CustomerReleased, owner=None, before=team.rep, status="unassigned"))
    assert other.told() == ["customers", "pool-customers"]
    # What goes on between the pool and an owner is theirs.
    team.hear(team.pool_event(CustomerExtended, owner=team.rep, before=team.rep, status="assigned"))
    assert other.told() == []
    assert "pool-customers" not in clerk.told()


def test_changed_members_of_a_pool_count_at_once(team: Team, listen: Callable[[Person], Ear]) -> None:
    other = listen(team.other)
    pool = team.admin.send("GET", f"/pools/{team.pool_id}").get_json()

    def members(*people: Person) -> None:
        ids = [one.id for one in people]
        assert team.admin.send("PUT", "/pool/settings", {"enabled": True, "user_ids": ids, "protection_days": 10}).status_code == 200
        team.hear(PoolSettingsChanged(pool_id=pool["id"], enabled=True, admin_ids=(), user_ids=tuple(ids)))
        assert other.told() == ["pools"]

    members(team.rep)
    claimed = team.pool_event(CustomerClaimed, owner=team.rep, before=None, status="assigned")
    team.hear(claimed)
    assert other.told() == []
    members(team.rep, team.other)
    team.hear(claimed)
    assert other.told() == ["customers", "pool-customers"]


def test_a_stream_ends_with_its_session(house: House, team: Team, listen: Callable[[Person], Ear]) -> None:
    guest = house.employ(f"guest{new_id()[-8:]}", "sales_rep")
    ear = listen(guest)
    assert guest.send("POST", "/auth/logout").status_code == 204
    team.hear(customer_of(guest))
    assert [_last(ear), ear.next_line()] == ["event: ended\ndata: []", None]


def test_a_stream_ends_with_its_token(house: House, team: Team, listen: Callable[[Person], Ear], monkeypatch: pytest.MonkeyPatch) -> None:
    ear = listen(team.rep)
    later = time.time() + house.settings.access_token_seconds + 60
    monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: later))
    assert _last(ear) == "event: ended\ndata: []"


def test_nobody_and_api_tokens_get_none(house: House, team: Team) -> None:
    assert house.app.test_client().get("/api/v1/events/stream").status_code == 401
    ends = (clock.now() + timedelta(days=3)).isoformat()
    token = team.admin.send("POST", "/api-tokens", {"name": "Robot", "permissions": ["customer:read"], "expires_at": ends}).get_json()
    answer = house.app.test_client().get("/api/v1/events/stream", headers={"Authorization": f"Bearer {token['token']}"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_by_api_token")
    answer = team.rep.send("GET", "/events/stream?since=1")
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "since")


def test_streams_are_bounded(house: House, team: Team, listen: Callable[[Person], Ear], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_OF_ONE", 2)
    first, second, third = (listen(team.rep) for _ in range(3))
    assert _last(first) is None
    assert second.told() == third.told() == []
    monkeypatch.setattr(streams, "MOST", len(house.app.extensions["streams"]._open))
    answer = team.director.send("GET", "/events/stream")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_stopping_gateway_lets_go(house: House, team: Team, listen: Callable[[Person], Ear]) -> None:
    hub = house.app.extensions["streams"]
    ear = listen(team.rep)
    hub.end_all()
    try:
        assert _last(ear) is None
        assert team.rep.send("GET", "/events/stream").status_code == 429
    finally:
        hub._ended = False


def test_whoever_may_have_missed_something_reads_all_again(house: House, team: Team, listen: Callable[[Person], Ear]) -> None:
    ear = listen(team.clerk)
    house.app.extensions["streams"].tell_all()
    assert _last(ear) == 'event: changed\ndata: ["*"]'


def _last(ear: Ear) -> str | None:
    """What comes beside heartbeats; None where it is the end."""
    line = ear.next_line()
    while line == ": lives":
        line = ear.next_line()
    return line
