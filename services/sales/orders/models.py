"""Tables of orders. An order guards itself: each verb checks the status and returns the event it caused."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.approval_rules.rules import NO_PLAN
from services.sales.models import LINE_IN_HISTORY, Base, Document, Line
from services.sales.orders.rules import OrderStatus, Step, may_move
from shared.contracts.sales import (
    OrderApproved,
    OrderEvent,
    OrderLineFact,
    OrderRejected,
    OrderStepApproved,
    OrderSubmitted,
    OrderUpdated,
    OrderVoided,
    OrderWithdrawn,
)
from shared.db import Customizable, IdType, Plain, Record, remote_id
from shared.errors import Conflict, WrongState

E = TypeVar("E", bound=OrderEvent)


class Order(Customizable, Document, Record, Base):
    """A contract with a customer. Its status moves only by the verbs below.

    `approver_id` is who alone is asked, and in the end who decided. Where an approval rule is for the order, `approval_plan` keeps the
    rule as it was at the submission, in the shape of ApprovalPlanSchema, and `approval_step` is the step that waits, counted from 1.
    """

    __tablename__ = "orders"

    subject: Mapped[str] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(20), default=OrderStatus.DRAFT.value, index=True)
    order_date: Mapped[date] = mapped_column(index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    deliver_on: Mapped[date | None]
    payment_method: Mapped[str | None] = mapped_column(String(60))
    signer: Mapped[str | None] = mapped_column(String(80))
    quote_id: Mapped[str | None] = mapped_column(ForeignKey("quotes.id"), index=True)
    approver_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    approval_plan: Mapped[dict[str, Any] | None]
    approval_step: Mapped[int | None]
    submitted_by: Mapped[str | None] = mapped_column(IdType())
    approved_at: Mapped[datetime | None]
    received: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    lines: Mapped[list[OrderLine]] = relationship(cascade="all, delete-orphan", order_by="OrderLine.position", info=LINE_IN_HISTORY)
    approvals: Mapped[list[Approval]] = relationship(cascade="all", order_by="Approval.id")
    approvers: Mapped[list[Approver]] = relationship(cascade="all, delete-orphan")

    untracked = Record.untracked | {"approval_plan"}

    @property
    def plan(self) -> dict[str, Any]:
        """The rule its approval goes by, with the steps; none where no rule is for it or it was not submitted."""
        return self.approval_plan or NO_PLAN

    @property
    def asked(self) -> list[str]:
        """Those whom the order waits for; any one of them decides."""
        if self.status != OrderStatus.PENDING_APPROVAL:
            return []
        if self.approval_plan is None:
            return [self.approver_id] if self.approver_id else []
        return list(self.plan["steps"][(self.approval_step or 1) - 1]["approver_ids"])

    def submit(
        self, *, by: str | None, comment: str, at: datetime, approver_id: str | None = None, plan: dict[str, Any] | None = None
    ) -> OrderSubmitted:
        """送批: ask somebody to approve, or those whom a rule's plan names. Raises WrongState, Conflict for an order without lines."""
        if not self.lines:
            raise Conflict("order_without_lines")
        self._move_to(OrderStatus.PENDING_APPROVAL)
        self.submitted_by, self.approver_id, self.approval_plan = by, approver_id, plan
        self._note(Step.SUBMITTED, by, comment, at)
        if plan is not None:
            self._ask(1, said=())
        return self.told(OrderSubmitted, **self._waits_for(), submitted_by=by or "", comment=comment)

    def withdraw(self, *, by: str | None, at: datetime) -> OrderWithdrawn:
        """Take it back before a decision. Raises WrongState."""
        self._need(OrderStatus.PENDING_APPROVAL)
        self._move_to(OrderStatus.DRAFT)
        self.approver_id = None
        self._note(Step.WITHDRAWN, by, "", at)
        self._end_plan(seen_by=())
        return self.told(OrderWithdrawn)

    def approve(self, *, by: str | None, comment: str, at: datetime) -> OrderApproved | OrderStepApproved:
        """Somebody asked says yes; after the last step the order stands. Raises WrongState, Conflict for one's own order.

        Nobody is asked twice: a yes counts for the steps after it that its giver could decide too.
        """
        self._check_decision(by)
        said, decider, step = {*self._deciders, by or ""}, by, self.approval_step or 1
        for waiting in self.plan["steps"][step:]:
            self._note(Step.PASSED, decider, comment, at)
            step, comment, again = step + 1, "", said.intersection(waiting["approver_ids"])
            if not again:
                self._ask(step, said=said)
                return self.told(OrderStepApproved, **self._waits_for(), approved_by=by or "", submitted_by=self.submitted_by)
            self.approval_step, decider = step, by if by in again else min(again)
        self._note(Step.APPROVED, decider, comment, at)
        self._move_to(OrderStatus.APPROVED)
        self.approved_at, self.approver_id = at, decider
        self._end_plan(seen_by=said, is_kept=True)
        return self.told(OrderApproved, approved_by=decider or "", approved_at=at, submitted_by=self.submitted_by)

    def reject(self, *, by: str | None, comment: str, at: datetime) -> OrderRejected:
        """Somebody asked says no; it is a draft again. Raises WrongState, Conflict."""
        self._check_decision(by)
        self._move_to(OrderStatus.DRAFT)
        self.approver_id = by
        self._note(Step.REJECTED, by, comment, at)
        self._end_plan(seen_by=self._deciders)
        return self.told(OrderRejected, rejected_by=by or "", comment=comment, submitted_by=self.submitted_by)

    def void(self, *, by: str | None, reason: str, at: datetime, received: Decimal = Decimal(0)) -> OrderVoided:
        """Undo an approved order on which no money came in; `received` is what finance knows of. Raises WrongState, Conflict."""
        if max(self.received, received) > 0:
            raise Conflict("has_receipts")
        self._need(OrderStatus.APPROVED)
        self._move_to(OrderStatus.VOIDED)
        self._note(Step.VOIDED, by, reason, at)
        return self.told(OrderVoided, reason=reason, voided_at=at)

    def check_draft(self) -> None:
        """Raise WrongState unless it may be edited or deleted."""
        self._need(OrderStatus.DRAFT)

    def told(self, kind: type[E] = OrderUpdated, **more: Any) -> E:  # type: ignore[assignment]
        """An event with the order as it is now."""
        return kind(
            order_id=self.id, number=self.number, subject=self.subject, customer_id=self.customer_id, owner_id=self.owner_id,
            order_date=self.order_date, total=self.total, status=self.status, lines=tuple(line.fact() for line in self.lines), **more,
        )  # fmt: skip

    @property
    def _deciders(self) -> set[str]:
        return {one.user_id for one in self.approvers if not one.waits} if self.approval_plan else set()

    def _ask(self, step: int, *, said: Collection[str]) -> None:
        """Let a step of the plan wait for its people."""
        self.approval_step = step
        people = self.asked
        self.approver_id = people[0] if len(people) == 1 else None
        self._let_see(said, people)

    def _end_plan(self, *, seen_by: Collection[str], is_kept: bool = False) -> None:
        """Nobody is asked any more; those who decided keep sight of the order."""
        if self.approval_plan is not None:
            self._let_see(seen_by, ())
            self.approval_step, self.approval_plan = None, self.approval_plan if is_kept else None

    def _let_see(self, deciders: Iterable[str], waiting: Iterable[str]) -> None:
        known = {one.user_id: one for one in self.approvers}
        wanted = dict.fromkeys(waiting, True) | dict.fromkeys(deciders, False)
        self.approvers = [known.get(user_id) or Approver(user_id=user_id) for user_id in wanted]
        for one in self.approvers:
            one.waits = wanted[one.user_id]

    def _waits_for(self) -> dict[str, Any]:
        return {"approver_id": self.approver_id, "approver_ids": tuple(self.asked)}

    def _check_decision(self, by: str | None) -> None:
        self._need(OrderStatus.PENDING_APPROVAL)
        may_be_own = self.approval_plan is not None and self.approval_plan["may_approve_own"]
        if by is not None and by in (self.submitted_by, self.owner_id) and not may_be_own:
            raise Conflict("own_order")
        if by not in self.asked:
            raise Conflict("not_the_approver")

    def _need(self, status: OrderStatus) -> None:
        if self.status != status:
            raise WrongState(self.status, "order.status")

    def _move_to(self, status: OrderStatus) -> None:
        if not may_move(self.status, status):
            raise WrongState(self.status, "order.status")
        self.status = status.value

    def _note(self, step: Step, by: str | None, comment: str, at: datetime) -> None:
        self.approvals.append(Approval(step=step.value, position=self.approval_step, by=by, comment=comment or None, at=at))


class OrderLine(Line, Base):
    """A line of an order."""

    __tablename__ = "order_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)

    def fact(self) -> OrderLineFact:
        """The line as it is told to others."""
        return OrderLineFact(
            line_id=self.id, product_id=self.product_id, product_code=self.product_code, product_name=self.product_name,
            quantity=self.quantity, unit_price=self.unit_price, discount=self.discount, total=self.total, cost=self.cost,
        )  # fmt: skip


class Approval(Plain, Base):
    """One step of an order's approval: the history nobody edits. `position` is the step of the rule, where one was for the order."""

    __tablename__ = "order_approvals"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    step: Mapped[str] = mapped_column(String(12))
    position: Mapped[int | None]
    by: Mapped[str | None] = mapped_column(IdType())
    comment: Mapped[str | None] = mapped_column(String(1000))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_order_approvals_order", "order_id", "id"),)


class Approver(Base):
    """Somebody who sees an order because a rule asks them about it: it `waits` for them, or they have decided."""

    __tablename__ = "order_approvers"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(IdType(), primary_key=True, index=True)
    waits: Mapped[bool]


class ReceiptFact(Base):
    """What sales knows of a receipt on an order."""

    __tablename__ = "receipt_facts"

    receipt_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    order_id: Mapped[str] = remote_id("sales")
    amount: Mapped[Decimal]
    is_live: Mapped[bool]
