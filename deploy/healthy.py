"""Exit 0 when the part that runs beside it answers: what the image's HEALTHCHECK runs.

A container runs one part. The gateway answers on its port, a service on its probe port; whichever answers is the one.
"""

from __future__ import annotations

import http.client
import sys

from shared.settings import Settings

PATIENCE_SECONDS = 3


def main() -> int:
    """The command line."""
    settings = Settings.from_env()
    return 0 if any(_answers(port) for port in (settings.port, settings.probe_port) if port) else 1


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
