"""What identity forgets of log-ins, and what it must not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from gateway import retention
from gateway.models import LoginSession, RefreshToken
from shared import clock
from shared.db import new_id
from tests.office import Office, at_once

NOW = clock.now()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class LogIns(Office):
    """Somebody who logged in now and then."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of)

    def session(
        self, name: str, *, began: float, ended: float | None = None, expires: float = -14, used: tuple[float | None, ...] = ()
    ) -> str:
        """A session by its name (the agent), all in days ago, with tokens used then (None: not yet)."""
        with self.identity.database.transaction() as db:
            row = LoginSession(
                id=new_id(), user_id=self.admin.user_id, started_at=ago(began), expires_at=ago(expires), agent=name,
                ended_at=None if ended is None else ago(ended),
            )  # fmt: skip
            db.add(row)
            db.flush()
            for days in used:
                db.add(RefreshToken(token_hash=new_id(), session_id=row.id, used_at=None if days is None else ago(days)))
            return row.id

    def left(self) -> tuple[list[str], list[float | None]]:
        """The sessions that are there by name, and how many days ago the tokens that are there were used."""
        with self.identity.database.transaction(read=True) as db:
            names = sorted(db.scalars(select(LoginSession.agent)))
            used = db.scalars(select(RefreshToken.used_at).order_by(RefreshToken.used_at)).all()
        days = [round((NOW - at) / timedelta(days=1), 1) for at in used if at]
        return [str(name) for name in names], [*sorted(days), *([None] * used.count(None))]


@pytest.fixture
def log_ins(door_of: Any, monkeypatch: pytest.MonkeyPatch) -> LogIns:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    return LogIns(door_of)


def fill(log_ins: LogIns) -> None:
    for number in range(7):
        log_ins.session(f"over {number}", began=90, ended=60 + number, used=(70, None))
    log_ins.session("run out", began=60, expires=31, used=(45, None))
    log_ins.session("alive", began=80, used=(70, 60, 50, 31, 29, 1, None))
    log_ins.session("over lately", began=50, ended=29, used=(40, None))
    log_ins.session("young", began=1, ended=0.5, used=(None,))


def test_long_over_sessions_and_used_tokens_go_and_others_stay(log_ins: LogIns) -> None:
    fill(log_ins)
    log_ins.identity.tick("forget_old_rows")
    assert log_ins.left() == (["alive", "over lately", "young"], [1, 29, None, None, None])


def test_a_token_that_could_be_replayed_stays_however_short_events_are_kept(log_ins: LogIns) -> None:
    object.__setattr__(log_ins.identity.settings, "keep_events_days", 5)
    log_ins.session("alive", began=20, used=(15, 13, 6, None))
    log_ins.identity.tick("forget_old_rows")
    assert log_ins.left() == (["alive"], [6, 13, None])


def test_several_replicas_do_it_at_once(log_ins: LogIns) -> None:
    fill(log_ins)
    assert at_once([lambda: log_ins.identity.run_timer("forget_old_rows")] * 4) == [None] * 4
    assert log_ins.left() == (["alive", "over lately", "young"], [1, 29, None, None, None])


def test_no_table_of_log_ins_is_read_through(log_ins: LogIns) -> None:
    fill(log_ins)
    database, asked = log_ins.identity.database, []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "refresh_tokens" in statement or "login_sessions" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    log_ins.identity.tick("forget_old_rows")
    event.remove(database.engine, "before_cursor_execute", note)
    plan: list[str] = []
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in asked:
            explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            plan += [" ".join(map(str, row)) for row in connection.exec_driver_sql(explain + statement, parameters)]
    assert plan
    assert [line for line in plan if ("SCAN" in line and "USING" not in line) or "Seq Scan" in line] == []
