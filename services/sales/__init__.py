"""Products, price lists, quotes and orders with their approval.

Publishes product_*, quote_* and order_*; listens to customer for names and owners, and to finance for what was received
on an order. Read it in the order rules, models, schemas, queries, actions of one folder; `service.py` is the door.
"""
