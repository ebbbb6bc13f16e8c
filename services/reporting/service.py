"""The door of reporting."""

from __future__ import annotations

from typing import Any

from services.reporting import actions, queries, schemas
from services.reporting.models import Base
from services.reporting.workbench import actions as workbench_actions
from services.reporting.workbench import queries as workbench_queries
from services.reporting.workbench import schemas as workbench_schemas
from services.reporting.workbench.models import WorkbenchTemplate
from shared.bus import Call, Service, on, rpc
from shared.contracts.customer import CustomerCreated, CustomerMerged, CustomerUpdated
from shared.contracts.identity import RoleDeleted
from shared.contracts.sales import OrderApproved, OrderUpdated, OrderVoided
from shared.resources import Resource, everybody

WORKBENCH_TEMPLATES = Resource(
    "workbench_templates", WorkbenchTemplate, workbench_schemas.WorkbenchTemplateSchema, path="/workbench/templates", scope=everybody, owned=False,
    prepare=workbench_actions.check_template, search=("name",), default_sort="created_at", columns=("name", "roles", "is_active"),
    not_in_batch=("name", "roles", "widgets"),
    operations=("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe", "export"),
)  # fmt: skip


class ReportingService(Service):
    """Workbench and summary reports."""

    name = "reporting"
    base = Base
    resources = (WORKBENCH_TEMPLATES,)

    @rpc(gives=workbench_schemas.WorkbenchSchema, read=True)
    def get_workbench(self, call: Call) -> dict[str, Any]:
        """工作臺: my widgets, by the templates of my roles."""
        return workbench_queries.my_workbench(call)

    @rpc(gives=workbench_schemas.WidgetsSchema, read=True)
    def list_widgets(self, call: Call) -> dict[str, Any]:
        """The widgets a template can have."""
        return workbench_queries.catalogue(call)

    @rpc(takes=schemas.GrossMarginInput, gives=schemas.GrossMarginSchema, read=True)
    def gross_margin(self, call: Call, *, by: str, **period: Any) -> dict[str, Any]:
        """毛利統計表: revenue, cost and margin by customer, product or owner, month by month."""
        return queries.gross_margin(call, by=by, months=queries.months_of(period, call.today))

    @rpc(takes=schemas.SalesDetailInput, gives=schemas.SalesDetailSchema, read=True)
    def sales_detail(self, call: Call, *, page: int, page_size: int, **period: Any) -> dict[str, Any]:
        """銷售明細表: every sold line of a period."""
        first, last = queries.days_of(period, call.today)
        return queries.sales_detail(call, first=first, last=last, page=page, page_size=page_size)

    @on(RoleDeleted)
    def forget_role(self, call: Call, event: RoleDeleted) -> None:
        """No template is for a role that is gone."""
        workbench_actions.forget_role(call.db, event.code)

    @on(OrderApproved)
    def book_order(self, call: Call, event: OrderApproved) -> None:
        """Take an approved order into the figures."""
        actions.book_order(call, event)

    @on(OrderUpdated)
    def follow_order(self, call: Call, event: OrderUpdated) -> None:
        """Show what was sold to whoever has the order now."""
        actions.follow_order(call, event)

    @on(OrderVoided)
    def unbook_order(self, call: Call, event: OrderVoided) -> None:
        """Take a voided order out of the figures."""
        actions.unbook_order(call, event)

    @on(CustomerCreated, CustomerUpdated)
    def keep_customer(self, call: Call, event: CustomerCreated) -> None:
        """Keep the name of every customer."""
        actions.keep_customer(call.db, event)

    @on(CustomerMerged)
    def move_sales(self, call: Call, event: CustomerMerged) -> None:
        """Two customers became one: what was sold to the one counts for the other."""
        actions.move_sales(call.db, event)
