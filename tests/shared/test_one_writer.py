"""SQLite under eventlet: a greenlet that waits for its turn to write stops nobody, not even the one who holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import eventlet
eventlet.monkey_patch()
import sys
from sqlalchemy import text
from shared.db.engine import Database

database = Database("trial", f"sqlite:///{sys.argv[1]}")
with database.transaction() as db:
    db.execute(text("CREATE TABLE written (number INTEGER)"))

turns = 0
def work():
    global turns
    while True:
        turns += 1
        eventlet.sleep(0.01)

def write(number):
    with database.transaction() as db:
        db.execute(text("INSERT INTO written VALUES (:number)"), {"number": number})
        # The others want to write too; this one goes on when somebody else has worked.
        before = turns
        while turns < before + 3:
            eventlet.sleep(0.01)

eventlet.spawn(work)
writers = [eventlet.spawn(write, number) for number in range(4)]
for writer in writers:
    writer.wait()
with database.transaction(read=True) as db:
    print(db.scalar(text("SELECT count(*) FROM written")))
"""


def test_waiting_for_the_turn_to_write_stops_nobody(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path / "trial.sqlite3")], capture_output=True, text=True, timeout=150, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["4"]
