"""What py-amqp must be told before several greenlets or threads share one of its connections."""

from __future__ import annotations

from typing import Any


def read_in_one_place(connection: Any) -> None:
    """Let publishing only write.

    Before each publish py-amqp looks whether the broker has said that it is blocked, and so reads whatever comes in; beside the
    loop that reads for all, that costs time and tears frames apart.
    """
    connection.client_properties["capabilities"]["connection.blocked"] = False
