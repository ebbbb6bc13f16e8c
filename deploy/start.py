"""Become one part of the suite: `python -m deploy.start gateway`, or a service's name. What the image runs.

The process turns into the part, so that signals reach it and its exit code is the part's. Settings come from the environment.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from deploy.parts import COMMANDS
from deploy.processes import ROOT


def main(arguments: list[str]) -> NoReturn:
    """The command line. Raises SystemExit when there is no such part."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"highseas: start one of: {' '.join(COMMANDS)}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    command = COMMANDS[arguments[0]]
    os.chdir(ROOT)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
