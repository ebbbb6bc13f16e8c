"""Writes of activity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.activity.models import Reminder
from services.activity.rules import VISIT_HOUR, ReminderKind
from shared import clock
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.activity import ReminderCreated, ReminderUpdated
from shared.contracts.customer import FollowUpCreated
from shared.i18n import amount_text


def create_reminder(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Reminder:
    """Remind oneself, or somebody else with the permission to assign."""
    reminder = Reminder(kind=ReminderKind.PERSONAL.value, **data)
    db.add(reminder)
    return reminder


def finish_reminder(call: Call, reminder: Reminder) -> Reminder:
    """Done with it. Raises WrongState."""
    reminder.finish()
    publish(call.db, reminder.told(ReminderUpdated))
    return reminder


def snooze_reminder(call: Call, reminder: Reminder, until: datetime) -> Reminder:
    """Remind again later. Raises WrongState."""
    reminder.snooze(until)
    publish(call.db, reminder.told(ReminderUpdated))
    return reminder


def settle(call: Call, record_id: str | None, *kinds: ReminderKind, but: str = "") -> None:
    """What these reminders of a record asked for is done: everybody reminded is done with it, but for the `but` of a newer fact."""
    for reminder in _open_ones(call, record_id, *kinds):
        if not but or not f"{reminder.fact}:".startswith(f"{but}:"):
            finish_reminder(call, reminder)


def settle_visits(call: Call, event: FollowUpCreated) -> None:
    """Somebody was in touch with a customer: the visits promised for that day or before are made."""
    on = clock.today(event.contacted_at, call.organisation.time_zone)
    for reminder in _open_ones(call, event.customer_id, ReminderKind.NEXT_VISIT):
        if reminder.fact != f"visit:{event.follow_up_id}" and str((reminder.params or {}).get("day")) <= str(on):
            finish_reminder(call, reminder)


def remind_of_visit(call: Call, event: FollowUpCreated) -> None:
    """Remind of the next visit a follow-up names. There is one reminder for each follow-up: it moves with the day, and is done when no day is left."""
    day, known = event.next_visit_on, _visit_of(call, event.follow_up_id)
    if day is None:
        _no_visit(call, known)
        return
    at = clock.start_of_day(day, call.organisation.time_zone) + timedelta(hours=VISIT_HOUR)
    if known is None:
        remind(call, ReminderKind.NEXT_VISIT, event.owner_id, fact=f"visit:{event.follow_up_id}", module="customers",
               record_id=event.customer_id, at=at, customer=event.customer_name, day=day)  # fmt: skip
    elif (params := known.params or {}).get("day") != str(day):
        known.params = params | {"day": str(day)}
        known.move(at)
        publish(call.db, known.told(ReminderUpdated))


def forget_visit(call: Call, follow_up_id: str) -> None:
    """A follow-up is gone, and with it the visit it named."""
    _no_visit(call, _visit_of(call, follow_up_id))


def remind_each(call: Call, kind: ReminderKind, people: Iterable[str | None], *, fact: str, **about: Any) -> None:
    """Remind several people of one fact, each once."""
    for person in dict.fromkeys(people):
        remind(call, kind, person, fact=f"{fact}:{person}", **about)


def remind(
    call: Call, kind: ReminderKind, user_id: str | None, *, fact: str, module: str, record_id: str, at: datetime | None = None, **params: Any
) -> None:  # fmt: skip
    """Remind somebody of a fact, once; nobody is reminded of nobody's business. A param may be a dict of texts by language."""
    if not user_id or call.db.scalar(select(Reminder.id).where(Reminder.fact == fact)):
        return
    reminder = Reminder(
        kind=kind.value, owner_id=user_id, fact=fact, params={name: _told(value) for name, value in params.items()},
        remind_at=at or call.now, record_module=module, record_id=record_id,
    )  # fmt: skip
    call.db.add(reminder)
    call.db.flush()
    publish(call.db, reminder.told(ReminderCreated))


def _open_ones(call: Call, record_id: str | None, *kinds: ReminderKind) -> Sequence[Reminder]:
    if not record_id:
        return ()
    some = select(Reminder).where(
        Reminder.record_id == record_id, Reminder.kind.in_([kind.value for kind in kinds]), Reminder.status == "open"
    )
    return call.db.scalars(some.with_for_update()).all()


def _told(value: object) -> object:
    return value if isinstance(value, dict) else amount_text(value) if isinstance(value, Decimal) else str(value)


def _visit_of(call: Call, follow_up_id: str) -> Reminder | None:
    return call.db.scalars(select(Reminder).where(Reminder.fact == f"visit:{follow_up_id}").with_for_update()).one_or_none()


def _no_visit(call: Call, reminder: Reminder | None) -> None:
    if reminder is None:
        return
    reminder.params = (reminder.params or {}) | {"day": ""}
    if reminder.status == "open":
        finish_reminder(call, reminder)
