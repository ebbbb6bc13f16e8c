"""`make audit`: reads every service's database and names each invariant that does not hold. Exits 1 when one does not.

The invariants are those of the specification: money adds up to the cent, each customer has one owner, and what one service
says of an order, a customer or a goal is what the others say. News on its way counts as a violation: run it when the suite
is quiet, or again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from deploy.audit import customers, every_service, money
from deploy.audit.books import Books, Violation
from deploy.parts import SERVICES
from shared.db.engine import Database, database
from shared.settings import Settings

CHECKS: tuple[Callable[[Books], Iterator[Violation]], ...] = (
    every_service.nothing_waits,
    every_service.news_arrives,
    every_service.money_is_exact,
    money.orders_are_decided_once,
    money.orders_wait_for_those_they_ask,
    money.plans_add_up,
    money.received_is_sum_of_receipts,
    money.orders_agree,
    customers.customers_agree,
    customers.merged_customers_are_empty,
    customers.pool_agrees,
    customers.goals_are_earned,
    customers.facts_agree,
    customers.ledger_is_a_chain,
    customers.limits_hold,
)


def audit(settings: Settings) -> list[Violation]:
    """Every violation found."""
    with opened(settings) as databases:
        return list(violations(databases))


@contextmanager
def opened(settings: Settings) -> Iterator[list[Database]]:
    """Every service's database. Who looks several times keeps them: the statements are made the first time."""
    with ExitStack() as stack:
        databases = [database(service.name, settings) for service in SERVICES]
        for one in databases:
            stack.callback(one.close)
        yield databases


def violations(databases: list[Database]) -> Iterator[Violation]:
    """One violation after the other; news on its way comes first."""
    with ExitStack() as stack:
        books = Books({one.service: stack.enter_context(one.transaction(read=True)) for one in databases})
        for check in CHECKS:
            yield from check(books)
