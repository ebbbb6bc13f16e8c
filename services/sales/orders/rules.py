"""Pure decisions: the statuses of an order and the moves between them."""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    COMPLETED = "completed"
    VOIDED = "voided"


class Step(StrEnum):
    """What somebody did about the approval of an order: a step that others follow was passed, the last one approved it."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    PASSED = "passed"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOIDED = "voided"


MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.DRAFT: frozenset({OrderStatus.PENDING_APPROVAL}),
    OrderStatus.PENDING_APPROVAL: frozenset({OrderStatus.DRAFT, OrderStatus.APPROVED}),
    OrderStatus.APPROVED: frozenset({OrderStatus.COMPLETED, OrderStatus.VOIDED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.VOIDED: frozenset(),
}


def may_move(current: str, wanted: OrderStatus) -> bool:
    """Whether an order may go from one status to another."""
    return wanted in MOVES[OrderStatus(current)]
