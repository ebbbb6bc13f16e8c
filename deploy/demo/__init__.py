"""A believable company to try the product with: people, 300 customers, 60 products, orders, plans and receipts over 18 months.

Everything goes in through the public API, as a person would do it, so it obeys every rule.
"""

from deploy.demo.api import DemoError
from deploy.demo.loading import PASSWORD, load

__all__ = ["PASSWORD", "DemoError", "load"]
