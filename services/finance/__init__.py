"""Payment plans and receipts.

Makes an order's plans when it is approved, and knows what was received. Publishes plan_* and receipt_*; listens to sales.
"""
