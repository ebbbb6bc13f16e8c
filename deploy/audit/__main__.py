"""`make audit`, as a command."""

from __future__ import annotations

import sys

from deploy.audit import CHECKS, audit
from shared.settings import SettingError, Settings


def main() -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    found = audit(settings)
    for violation in found:
        print(violation)  # noqa: T201
    for check in CHECKS:
        print(f"checked: {(check.__doc__ or '').strip()}")  # noqa: T201
    print(f"{len(found)} violations")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
