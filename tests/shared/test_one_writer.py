"""SQLite under eventlet: a greenlet that waits for its turn to write stops nobody, not even the one who holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import eventlet
eventlet.monkey_patch()
import sys, time
from sqlalchemy import text
from shared.db.engine import Database

database = Database("trial", f"sqlite:///{sys.argv[1]}")
with database.transaction() as db:
    db.execute(text("CREATE TABLE written (number INTEGER)"))

def write(number, seconds):
    with database.transaction() as db:
        db.execute(text("INSERT INTO written VALUES (:number)"), {"number": number})
        eventlet.sleep(seconds)

ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        eventlet.sleep(0.02)

eventlet.spawn(tick)
writers = [eventlet.spawn(write, number, 0.1) for number in range(4)]
for writer in writers:
    writer.wait()
with database.transaction(read=True) as db:
    print(db.scalar(text("SELECT count(*) FROM written")), len(ticks))
"""


def test_waiting_for_the_turn_to_write_stops_nobody(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path / "trial.sqlite3")], capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    written, ticks = ran.stdout.split()
    assert int(written) == 4
    assert int(ticks) >= 8
