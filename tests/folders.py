"""Folders for what the servers and databases of the tests write."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""So much must be free there; all tests together write a few hundred megabytes."""


@contextmanager
def data_folder(name: str) -> Iterator[Path]:
    """A folder that is gone afterwards, in memory where the machine has room.

    Every acknowledged write waits for the disk, which only a power cut would tell from one that does not, and no test here cuts the power:
    a killed process loses nothing in either place. `tests/deploy/test_run.py` starts the suite on the disk.
    """
    path = Path(tempfile.mkdtemp(prefix=f"highseas-{name}-", dir=MEMORY if _has_room() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _has_room() -> bool:
    return MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
