"""Tables of quotes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.models import Base, Document, Line
from shared.contracts.sales import QuoteCreated, QuoteUpdated
from shared.db import Customizable, Record


class Quote(Customizable, Document, Record, Base):
    """An offer to a customer."""

    __tablename__ = "quotes"

    name: Mapped[str] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(12), default="draft", index=True)
    valid_until: Mapped[date | None]
    terms: Mapped[str | None] = mapped_column(String(4000))
    lines: Mapped[list[QuoteLine]] = relationship(cascade="all, delete-orphan", order_by="QuoteLine.position")

    def told(self, kind: type[QuoteCreated] = QuoteUpdated) -> QuoteCreated:
        """The event that tells of the quote as it is now."""
        return kind(
            quote_id=self.id, number=self.number, name=self.name, customer_id=self.customer_id, owner_id=self.owner_id, status=self.status,
            total=self.total,
        )  # fmt: skip


class QuoteLine(Line, Base):
    """A line of a quote."""

    __tablename__ = "quote_lines"

    quote_id: Mapped[str] = mapped_column(ForeignKey("quotes.id"), index=True)
