"""What is audited, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

ZERO = Decimal("0.00")
COUNTS = ("approved", "completed")
"""The states in which an order counts."""


@dataclass(frozen=True)
class Violation:
    """One thing that is not as it must be."""

    invariant: str
    record: str
    found: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.record}: {self.found}"


@dataclass(frozen=True)
class Books:
    """A session on every service's database."""

    sessions: dict[str, Session]

    def __getattr__(self, service: str) -> Session:
        return self.sessions[service]


def pairs(db: Session, query: Select[Any, Any]) -> dict[Any, Any]:
    """What a query of two columns finds, the second by the first."""
    return {key: value for key, value in db.execute(query)}
