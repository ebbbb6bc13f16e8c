"""Activity with its presets, a mail server, and somebody who wants reminders by mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.activity import presets
from services.activity.mail.models import MailSettings, ReminderMail
from services.activity.service import ActivityService
from shared import clock
from shared.caller import Caller
from shared.contracts.identity import UserCreated, UserUpdated
from tests.doors import TestDoor
from tests.post import PostOffice, post_office

SENDER = "crm@example.com"


@dataclass
class Mailing:
    """Activity that sends mail through a post office."""

    door: TestDoor
    office: PostOffice
    admin: Caller

    def set(self, **changes: Any) -> Any:
        """Change the settings."""
        return self.door.call("update_mail_settings", self.admin, **changes)

    def tell(self, who: Caller, version: int = 1, **facts: Any) -> None:
        """What identity tells of a user."""
        known = {
            "user_id": who.user_id, "name": who.name, "manager_id": None, "department_id": None, "roles": (), "is_active": True, "language": "en",
            "email": f"{who.name}@example.com", "remind_by_mail": True, "version": version,
        }  # fmt: skip
        self.door.deliver((UserCreated if version == 1 else UserUpdated)(**known | facts))

    def remind(self, who: Caller, text: str = "Call Ann", *, seconds: float = 0) -> Any:
        """A reminder that is due in so many seconds."""
        at = clock.now() + timedelta(seconds=seconds)
        return self.door.call("create_reminder", who, text=text, remind_at=at.isoformat())

    def send(self) -> None:
        """Let the timer send what is due, as if the server had been left alone for long enough."""
        with self.door.database.transaction() as db:
            db.execute(update(MailSettings).values(retry_at=None))
            db.execute(update(ReminderMail).values(claimed_until=None))
        self.door.tick("mail_reminders")

    def mails(self) -> list[tuple[str, str]]:
        """Address and subject of each mail the post office took."""
        return [(str(one["To"]), str(one["Subject"])) for one in self.office.received]

    def statuses(self) -> list[str]:
        """Where each mail is."""
        with self.door.database.transaction(read=True) as db:
            return sorted(db.scalars(select(ReminderMail.status)))


@pytest.fixture
def mailing(door_of: Any, caller: Callable[..., Caller]) -> Iterator[Mailing]:
    door = door_of(ActivityService)
    door.settings = replace(door.settings, token_key="k" * 40, public_url="https://crm.example.com/", language="en")
    with door.database.transaction() as db:
        presets.load(db, door.settings)
    with post_office() as office:
        made = Mailing(door, office, caller("admin"))
        made.set(enabled=True, host="localhost", port=office.port, security="none", sender_address=SENDER, sender_name="公海 CRM")
        yield made
