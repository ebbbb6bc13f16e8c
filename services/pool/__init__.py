"""The public pool: customers that nobody works, and who may take them.

Owns the pool's settings, one entry per pool customer and the ledger of every change of hands. Publishes customer_sent,
_claimed, _assigned, _released, _recycled, _extended, _goal_achieved, ...; listens to customer, sales and finance.
"""
