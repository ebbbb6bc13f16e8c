"""Pure decisions: the statuses of a quote and the moves between them."""

from __future__ import annotations

from enum import StrEnum


class QuoteStatus(StrEnum):
    """Where a quote stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


MOVES: dict[QuoteStatus, frozenset[QuoteStatus]] = {
    QuoteStatus.DRAFT: frozenset({QuoteStatus.SENT, QuoteStatus.ACCEPTED}),
    QuoteStatus.SENT: frozenset({QuoteStatus.DRAFT, QuoteStatus.ACCEPTED, QuoteStatus.REJECTED, QuoteStatus.EXPIRED}),
    QuoteStatus.ACCEPTED: frozenset({QuoteStatus.ACCEPTED}),
    QuoteStatus.REJECTED: frozenset({QuoteStatus.DRAFT}),
    QuoteStatus.EXPIRED: frozenset({QuoteStatus.DRAFT}),
}
"""An accepted quote may be accepted again: when the order made of it was voided, another may be made."""


def may_move(current: str, wanted: QuoteStatus) -> bool:
    """Whether a quote may go from one status to another."""
    return wanted in MOVES[QuoteStatus(current)]
