"""What py-amqp must be told: how to trust the broker, and that several greenlets or threads share a connection."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


def address_of(amqp_url: str) -> tuple[str, int]:
    """Host and port of a broker: port 5672 unless one is named, 5671 for amqps."""
    at = urlsplit(amqp_url)
    return at.hostname or "", at.port or (5671 if at.scheme == "amqps" else 5672)


def tls_of(amqp_url: str) -> dict[str, Any] | bool:
    """What py-amqp must ask of the broker's certificate: nothing for amqp, for amqps a trusted authority and the address' name.

    Trusted is what the system trusts; OpenSSL's SSL_CERT_FILE names another file of authorities.
    """
    at = urlsplit(amqp_url)
    return {"server_hostname": at.hostname} if at.scheme == "amqps" else False


def read_in_one_place(connection: Any) -> None:
    """Let publishing only write.

    Before each publish py-amqp looks whether the broker has said that it is blocked, and so reads whatever comes in; beside the
    loop that reads for all, that costs time and tears frames apart.
    """
    connection.client_properties["capabilities"]["connection.blocked"] = False
