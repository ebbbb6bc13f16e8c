"""The door of activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.activity import actions, queries, schemas
from services.activity.mail import actions as mail_actions
from services.activity.mail import queries as mail_queries
from services.activity.mail import schemas as mail_schemas
from services.activity.models import Base, Reminder
from services.activity.rules import ReminderKind
from shared.bus import Call, Service, every, on, rpc
from shared.contracts.activity import ReminderCreated, ReminderUpdated
from shared.contracts.customer import (
    ContactBirthday,
    FollowUpCreated,
    FollowUpDeleted,
    FollowUpUpdated,
    TicketAssigned,
    TicketClosed,
    TicketDeleted,
    TicketEvent,
    TicketOverdue,
    TicketReopened,
    TicketResolved,
)
from shared.contracts.finance import PlanCancelled, PlanDue, PlanEvent, PlanOverdue, PlanPaid, ReceiptRecorded
from shared.contracts.identity import UserCreated, UserImpersonated, UserUpdated
from shared.contracts.pool import (
    CustomerAssigned,
    CustomerEntered,
    CustomerExpiring,
    CustomerExtended,
    CustomerGoalAchieved,
    CustomerReassigned,
    CustomerRecycled,
    CustomerReleased,
    CustomerWithdrawn,
    ExtensionEvent,
    ExtensionGranted,
    ExtensionLapsed,
    ExtensionRefused,
    ExtensionRequested,
    PoolEvent,
)
from shared.contracts.sales import (
    OrderApproved,
    OrderDeleted,
    OrderEvent,
    OrderRejected,
    OrderStepApproved,
    OrderSubmitted,
    OrderVoided,
    OrderWithdrawn,
)
from shared.people import manager_of
from shared.resources import ActionInput, QuickView, Resource, RowAction, by_rights

REMINDERS = Resource(
    "reminders", Reminder, schemas.ReminderSchema, create=actions.create_reminder, scope=by_rights(queries.mine), enrich=queries.add_texts,
    created=lambda reminder: reminder.told(ReminderCreated), updated=lambda reminder: reminder.told(ReminderUpdated), search=("text",), default_sort="remind_at", operations=("list", "get", "create", "update", "delete", "batch_delete", "recycle", "history", "describe", "export"),
    owned=False, columns=("remind_at", "text", "kind", "status"),
    views=(
        QuickView("open", {"field": "status", "op": "eq", "value": "open"}, opens=True),
        QuickView("today", {"and": [{"field": "status", "op": "eq", "value": "open"}, {"field": "remind_at", "op": "today"}]}),
    ),
    actions=(
        RowAction("done", rpc="finish_reminder", tone="good", permission="reminder:update", when=lambda reminder, caller: reminder.status == "open"),
        RowAction("snooze", permission="reminder:update", when=lambda reminder, caller: reminder.status == "open"),
    ),
)  # fmt: skip


class ActivityService(Service):
    """Reminders, on the screen and by mail."""

    name = "activity"
    base = Base
    resources = (REMINDERS,)

    @rpc(takes=ActionInput, gives=schemas.ReminderSchema)
    def finish_reminder(self, call: Call, *, id: str, version: int | None = None) -> Reminder:
        """Mark a reminder as done."""
        reminder: Reminder = REMINDERS.locked(call.db, call.caller, id, version)
        return actions.finish_reminder(call, reminder)

    @rpc(takes=schemas.SnoozeInput, gives=schemas.ReminderSchema)
    def snooze_reminder(self, call: Call, *, id: str, version: int | None = None, until: datetime) -> Reminder:
        """Remind again later."""
        reminder: Reminder = REMINDERS.locked(call.db, call.caller, id, version)
        return actions.snooze_reminder(call, reminder, until)

    @rpc(gives=mail_schemas.MailSettingsSchema, read=True)
    def get_mail_settings(self, call: Call) -> dict[str, Any]:
        """The mail server, and how it does."""
        return mail_queries.settings_as_shown(call, mail_queries.settings_of(call.db))

    @rpc(takes=mail_schemas.MailSettingsInput, gives=mail_schemas.MailSettingsSchema)
    def update_mail_settings(self, call: Call, **changes: Any) -> dict[str, Any]:
        """Change the settings given; the password stays unless another is given."""
        settings = mail_actions.save_settings(call, changes)
        call.db.flush()
        return mail_queries.settings_as_shown(call, settings)

    @rpc(takes=mail_schemas.TestMailInput, gives=mail_schemas.TestMailSchema, prepare=mail_actions.send_test)
    def test_mail_settings(self, call: Call, *, to: str) -> dict[str, str]:
        """Send a test mail to oneself, or to another address, with the settings kept or with those given; tells what is wrong."""
        return {"to": to}

    @every(seconds=5, transaction=False)
    def mail_reminders(self, call: Call) -> bool:
        """Send reminders that are due to whoever wants them by mail."""
        return mail_actions.mail_reminders(call)

    @every(seconds=3600, transaction=False)
    def forget_old_rows(self, call: Call) -> None:
        """Drop what every service drops, and mails that were settled long ago."""
        super().forget_old_rows(call)
        call.write(mail_actions.forget_old)

    @on(UserCreated, UserUpdated)
    def keep_recipient(self, call: Call, event: UserCreated) -> None:
        """Keep where a user's mail goes, and whether they want reminders there."""
        mail_actions.keep_recipient(call.db, event, call.now)

    @on(OrderSubmitted, OrderStepApproved)
    def remind_approver(self, call: Call, event: OrderSubmitted | OrderStepApproved) -> None:
        """An order waits for those who may decide the step it is at, and no more for those who were asked before."""
        fact = f"submitted:{event.order_id}:{event.version}"
        actions.settle(call, event.order_id, ReminderKind.APPROVAL_WAITING, ReminderKind.ORDER_REJECTED, but=fact)
        actions.remind_each(call, ReminderKind.APPROVAL_WAITING, event.approver_ids or (event.approver_id,),
                            fact=fact, module="orders", record_id=event.order_id, number=event.number, subject=event.subject)  # fmt: skip

    @on(OrderApproved, OrderRejected, OrderWithdrawn)
    def settle_approval(self, call: Call, event: OrderEvent) -> None:
        """An order waits for nobody any more, whoever of those asked decided."""
        actions.settle(call, event.order_id, ReminderKind.APPROVAL_WAITING)

    @on(OrderVoided, OrderDeleted)
    def settle_order(self, call: Call, event: OrderEvent) -> None:
        """An order is no more, and nobody has to know what was decided about it."""
        actions.settle(call, event.order_id, ReminderKind.ORDER_APPROVED, ReminderKind.ORDER_REJECTED)

    @on(ReceiptRecorded)
    def settle_approved(self, call: Call, event: ReceiptRecorded) -> None:
        """Money comes in for an order: that it was approved is known by now."""
        actions.settle(call, event.order_id, ReminderKind.ORDER_APPROVED)

    @on(OrderApproved)
    def tell_of_approval(self, call: Call, event: OrderApproved) -> None:
        """The submitter's order was approved."""
        actions.remind(call, ReminderKind.ORDER_APPROVED, event.submitted_by, fact=f"approved:{event.order_id}:{event.version}",
                       module="orders", record_id=event.order_id, number=event.number, subject=event.subject)  # fmt: skip

    @on(OrderRejected)
    def tell_of_rejection(self, call: Call, event: OrderRejected) -> None:
        """The submitter's order was rejected."""
        actions.remind(call, ReminderKind.ORDER_REJECTED, event.submitted_by, fact=f"rejected:{event.order_id}:{event.version}",
                       module="orders", record_id=event.order_id, number=event.number, comment=event.comment)  # fmt: skip

    @on(CustomerAssigned)
    def tell_of_assignment(self, call: Call, event: CustomerAssigned) -> None:
        """A pool customer was given to somebody."""
        actions.remind(call, ReminderKind.POOL_ASSIGNED, event.owner_id, fact=f"assigned:{event.customer_id}:{event.version}",
                       module="customers", record_id=event.customer_id, customer=event.customer_name)  # fmt: skip

    @on(CustomerRecycled, CustomerEntered)
    def tell_of_recycling(self, call: Call, event: CustomerRecycled | CustomerEntered) -> None:
        """The pool took a customer, back or for the first time."""
        actions.remind(call, ReminderKind.POOL_RECYCLED, event.from_owner_id, fact=f"recycled:{event.customer_id}:{event.version}",
                       module="customers", record_id=event.customer_id, customer=event.customer_name)  # fmt: skip

    @on(CustomerExpiring)
    def warn_of_expiry(self, call: Call, event: CustomerExpiring) -> None:
        """The pool will take a customer soon, in the words of its countdown."""
        actions.remind(call, ReminderKind.POOL_EXPIRING, event.owner_id, fact=f"expiring:{event.customer_id}:{event.owner_id}:{event.takes_on}",
                       module="customers", record_id=event.customer_id, customer=event.customer_name,
                       countdown={one.language: one.text for one in event.countdown})  # fmt: skip

    @on(CustomerExtended, CustomerGoalAchieved, CustomerReleased, CustomerRecycled, CustomerReassigned, CustomerWithdrawn, CustomerEntered)
    def settle_expiry(self, call: Call, event: PoolEvent) -> None:
        """A pool customer has another deadline, or none any more: whoever was warned need not do anything."""
        actions.settle(call, event.customer_id, ReminderKind.POOL_EXPIRING)

    @on(ExtensionRequested)
    def tell_of_request(self, call: Call, event: ExtensionRequested) -> None:
        """Somebody asks the pool's administrators for more days."""
        actions.remind_each(call, ReminderKind.EXTENSION_REQUESTED, event.admin_ids, fact=f"extension:{event.request_id}",
                            module="extension-requests", record_id=event.request_id, customer=event.customer_name,
                            requester=event.requester_name, days=event.days, reason=event.reason)  # fmt: skip

    @on(ExtensionGranted, ExtensionRefused, ExtensionLapsed)
    def settle_request(self, call: Call, event: ExtensionEvent) -> None:
        """One of the pool's administrators answered, or nobody has to: a request waits for nobody any more."""
        actions.settle(call, event.request_id, ReminderKind.EXTENSION_REQUESTED)

    @on(ExtensionGranted)
    def tell_of_grant(self, call: Call, event: ExtensionGranted) -> None:
        """The requester gets more days."""
        actions.remind(call, ReminderKind.EXTENSION_GRANTED, event.requester_id, fact=f"extension_granted:{event.request_id}",
                       module="customers", record_id=event.customer_id, customer=event.customer_name, days=event.days)  # fmt: skip

    @on(ExtensionRefused)
    def tell_of_refusal(self, call: Call, event: ExtensionRefused) -> None:
        """The requester gets no more days, and is told why."""
        actions.remind(call, ReminderKind.EXTENSION_REFUSED, event.requester_id, fact=f"extension_refused:{event.request_id}",
                       module="customers", record_id=event.customer_id, customer=event.customer_name, answer=event.answer)  # fmt: skip

    @on(PlanDue)
    def remind_of_due_plan(self, call: Call, event: PlanDue) -> None:
        """An instalment falls due."""
        actions.remind(call, ReminderKind.PLAN_DUE, event.owner_id, fact=f"due:{event.plan_id}:{event.version}", module="payment-plans",
                       record_id=event.plan_id, number=event.number, due_on=event.due_on, amount=event.amount)  # fmt: skip

    @on(PlanOverdue)
    def remind_of_overdue_plan(self, call: Call, event: PlanOverdue) -> None:
        """An instalment is overdue. It is told of again as long as that lasts; who did not look at one is left with the last."""
        fact = f"overdue:{event.plan_id}:{event.version}"
        actions.settle(call, event.plan_id, ReminderKind.PLAN_DUE, ReminderKind.PLAN_OVERDUE, but=fact)
        actions.remind(call, ReminderKind.PLAN_OVERDUE, event.owner_id, fact=fact, module="payment-plans",
                       record_id=event.plan_id, number=event.number, due_on=event.due_on, amount=event.amount)  # fmt: skip

    @on(PlanPaid, PlanCancelled)
    def settle_plan(self, call: Call, event: PlanEvent) -> None:
        """Nothing is left to come in for an instalment."""
        actions.settle(call, event.plan_id, ReminderKind.PLAN_DUE, ReminderKind.PLAN_OVERDUE)

    @on(ContactBirthday)
    def remind_of_birthday(self, call: Call, event: ContactBirthday) -> None:
        """A contact's birthday is today."""
        actions.remind(call, ReminderKind.BIRTHDAY, event.owner_id, fact=f"birthday:{event.contact_id}:{event.on}", module="contacts",
                       record_id=event.contact_id, name=event.name)  # fmt: skip

    @on(TicketAssigned, TicketReopened)
    def tell_of_ticket(self, call: Call, event: TicketEvent) -> None:
        """A ticket was given to somebody, or came back to them; who had it before has nothing to do with it any more."""
        fact = f"ticket:{event.ticket_id}:{event.version}"
        actions.settle(call, event.ticket_id, ReminderKind.TICKET_ASSIGNED, but=fact)
        actions.remind(call, ReminderKind.TICKET_ASSIGNED, event.assignee_id, fact=fact, module="tickets", record_id=event.ticket_id,
                       number=event.number, title=event.title)  # fmt: skip

    @on(TicketResolved, TicketClosed, TicketDeleted)
    def settle_ticket(self, call: Call, event: TicketEvent) -> None:
        """A ticket is done with, and nobody waits for it."""
        actions.settle(call, event.ticket_id, ReminderKind.TICKET_ASSIGNED, ReminderKind.TICKET_OVERDUE)

    @on(TicketOverdue)
    def escalate_ticket(self, call: Call, event: TicketOverdue) -> None:
        """A ticket's time is over: whoever works on it and their manager hear of it; nobody's goes to its owner."""
        worker = event.assignee_id or event.owner_id
        actions.remind_each(call, ReminderKind.TICKET_OVERDUE, (worker, manager_of(call.db, worker)), fact=f"late:{event.ticket_id}:{event.version}",
                            module="tickets", record_id=event.ticket_id, number=event.number, title=event.title)  # fmt: skip

    @on(UserImpersonated)
    def tell_of_impersonation(self, call: Call, event: UserImpersonated) -> None:
        """Somebody acts in a user's name; the user is told who and why."""
        actions.remind(call, ReminderKind.IMPERSONATED, event.user_id, fact=f"impersonated:{event.session_id}", module="users",
                       record_id=event.impersonated_by, name=event.impersonated_by_name, reason=event.reason)  # fmt: skip

    @on(FollowUpCreated, FollowUpUpdated)
    def remind_of_visit(self, call: Call, event: FollowUpCreated) -> None:
        """Somebody was in touch with a customer, as was promised, and may have promised to come back on a day."""
        actions.settle_visits(call, event)
        actions.remind_of_visit(call, event)

    @on(FollowUpDeleted)
    def forget_visit(self, call: Call, event: FollowUpDeleted) -> None:
        """Who promised to come back did not, after all."""
        actions.forget_visit(call, event.follow_up_id)
