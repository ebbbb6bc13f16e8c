"""Pure decisions about requests for more days."""

from __future__ import annotations

from enum import StrEnum


class RequestStatus(StrEnum):
    """Where a request stands; one lapses when its customer changes hands, leaves its pool or reaches its goal before anybody answered."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
