"""Tables of quotes."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.models import LINE_IN_HISTORY, Base, Document, Line
from services.sales.quotes.rules import QuoteStatus, may_move
from shared.contracts.sales import QuoteCreated, QuoteUpdated
from shared.db import Customizable, Record
from shared.errors import WrongState

Q = TypeVar("Q", bound=QuoteCreated)


class Quote(Customizable, Document, Record, Base):
    """An offer to a customer."""

    __tablename__ = "quotes"

    name: Mapped[str] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(12), default=QuoteStatus.DRAFT.value, index=True)
    valid_until: Mapped[date | None]
    terms: Mapped[str | None] = mapped_column(String(4000))
    lines: Mapped[list[QuoteLine]] = relationship(cascade="all, delete-orphan", order_by="QuoteLine.position", info=LINE_IN_HISTORY)

    def send(self) -> QuoteUpdated:
        """It went out to the customer. Raises WrongState."""
        return self._move_to(QuoteStatus.SENT)

    def accept(self) -> QuoteUpdated:
        """The customer said yes, or an order is made of it. Raises WrongState."""
        return self._move_to(QuoteStatus.ACCEPTED)

    def reject(self) -> QuoteUpdated:
        """The customer said no. Raises WrongState."""
        return self._move_to(QuoteStatus.REJECTED)

    def expire(self) -> QuoteUpdated:
        """Nobody answered while it was valid. Raises WrongState."""
        return self._move_to(QuoteStatus.EXPIRED)

    def revise(self) -> QuoteUpdated:
        """Make it a draft again, to be changed and sent anew. Raises WrongState."""
        return self._move_to(QuoteStatus.DRAFT)

    def check_draft(self) -> None:
        """Raise WrongState unless it may be edited."""
        if self.status != QuoteStatus.DRAFT:
            raise WrongState(self.status, "quote.status", code="quote_wrong_state")

    def told(self, kind: type[Q] = QuoteUpdated) -> Q:  # type: ignore[assignment]
        """The event that tells of the quote as it is now."""
        return kind(
            quote_id=self.id, number=self.number, name=self.name, customer_id=self.customer_id, owner_id=self.owner_id, status=self.status,
            total=self.total,
        )  # fmt: skip

    def _move_to(self, status: QuoteStatus) -> QuoteUpdated:
        if not may_move(self.status, status):
            raise WrongState(self.status, "quote.status", code="quote_wrong_state")
        self.status = status.value
        return self.told(QuoteUpdated)


class QuoteLine(Line, Base):
    """A line of a quote."""

    __tablename__ = "quote_lines"

    quote_id: Mapped[str] = mapped_column(ForeignKey("quotes.id"), index=True)
