"""Forks replicas of the workshop from a process that has loaded all their modules: a start from nothing takes most of what a test takes.

Each line it is given is a JSON array: `["start", variables, log]` starts a replica with these environment variables, `["code", pid]`
asks how one ended. Each is answered by one line of JSON: the process id; the exit code, or null while it runs.
The services themselves are started from nothing in `tests/journeys` and `tests/deploy`.
"""

from __future__ import annotations

import shared.run as run  # isort: skip  the first of all: it patches the process as that of a service
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from eventlet import hubs

from deploy.processes import die_with_parent
from shared import memory
from tests.shared.bus import workshop

SERVICE = f"{workshop.__name__}:{workshop.WorkshopService.__name__}"


def main() -> None:
    """Do as told until nobody is there to tell anything."""
    memory.settle()
    for line in sys.stdin:
        what, *given = json.loads(line)
        print(json.dumps(start(*given) if what == "start" else code(*given)), flush=True)


def start(variables: dict[str, str], log: str) -> int:
    """Start a replica; gives its process id."""
    pid = os.fork()
    if pid:
        return pid
    os._exit(replica(variables, Path(log)))


def replica(variables: dict[str, str], log: Path) -> int:
    """Be one, in a session of its own; gives the exit code."""
    os.setsid()
    die_with_parent()
    with log.open("ab") as output, open(os.devnull, "rb") as nothing:
        for number, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(variables)
    # The hub that patching made is one with those of all other replicas: each would wake up for what the others wait for.
    hubs.use_hub()
    try:
        return run.main(SERVICE)
    except BaseException:
        traceback.print_exc()
        return 1


def code(pid: int) -> Any:
    """How a replica ended, as `subprocess` tells it; None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    main()
