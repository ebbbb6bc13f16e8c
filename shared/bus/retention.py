"""What the bus' tables forget: events sent and handled long ago, and answers that no repeated request asks for any more.

Rows go along the primary key from the oldest on, few in a transaction, so that nobody waits for it and no table is read through:
the first row that is young ends it. Several replicas may do it at once; what one has deleted the other no longer finds.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select, tuple_

from shared.bus.calls import Call
from shared.bus.tables import IdempotencyKey, Inbox, Outbox

BATCH = 500
PAUSE_SECONDS = 0.05
"""Between two batches, so that calls and handlers come first."""
LONGER = timedelta(days=1)
"""How much longer the inbox remembers an event than its publisher keeps it: what might be sent again must be known again."""


def forget_old_rows(call: Call) -> None:
    """Delete what is older than the settings say. For a timer without a transaction."""
    old = call.now - timedelta(days=call.settings.keep_events_days)
    _forget_events(call, Outbox.position, Outbox.created_at, Outbox.sent_at, old)
    _forget_events(call, Inbox.id, Inbox.received_at, Inbox.done_at, old - LONGER)
    while call.write(partial(_forget_answers, old=old)):
        time.sleep(PAUSE_SECONDS)


def _forget_events(call: Call, key: Any, came: Any, done: Any, old: datetime) -> None:
    after: int | None = 0
    while after is not None:
        after = call.write(partial(_forget_batch, key=key, came=came, done=done, old=old, after=after))
        time.sleep(PAUSE_SECONDS)


def _forget_batch(call: Call, *, key: Any, came: Any, done: Any, old: datetime, after: int) -> int | None:
    """Delete a batch behind the key `after`; gives the key to go on behind, None at the end.

    The newest row stays, since SQLite numbers the next one after it, and the order of events is that of their numbers.
    What is not done is stepped over, however old.
    """
    rows = call.db.execute(select(key, came, done).where(key > after).order_by(key).limit(BATCH + 1)).all()
    aged = [row for row in rows[:-1] if row[1] < old]
    finished = [number for number, _, at in aged if at is not None and at < old]
    if finished:
        call.db.execute(delete(key.class_).where(key.in_(finished)), execution_options={"synchronize_session": False})
    return aged[-1][0] if len(aged) == BATCH else None


def _forget_answers(call: Call, *, old: datetime) -> bool:
    """Delete a batch of stored answers; True when there may be more."""
    key = tuple_(IdempotencyKey.user_id, IdempotencyKey.key)
    oldest = (
        select(IdempotencyKey.user_id, IdempotencyKey.key)
        .where(IdempotencyKey.created_at < old)
        .order_by(IdempotencyKey.created_at)
        .limit(BATCH)
    )
    gone = call.db.execute(delete(IdempotencyKey).where(key.in_(oldest)), execution_options={"synchronize_session": False})
    return bool(gone.rowcount == BATCH)  # type: ignore[attr-defined]
