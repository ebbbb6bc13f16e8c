"""Tables of the knowledge base."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.customer.models import Base
from shared.db import Record, remote_id


class Article(Record, Base):
    """A problem met before and what solved it."""

    __tablename__ = "articles"

    title: Mapped[str] = mapped_column(String(200), index=True)
    problem: Mapped[str] = mapped_column(Text())
    solution: Mapped[str] = mapped_column(Text())
    fault_type: Mapped[str | None] = mapped_column(String(40), index=True)
    product_id: Mapped[str | None] = remote_id("sales", nullable=True)
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id"), index=True)
