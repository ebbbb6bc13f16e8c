"""Customers, their contacts, follow-ups and tickets, and the knowledge base.

Owns what a customer is and who owns an ordinary one. Publishes customer_created, _updated, _owner_changed, _deleted and
follow_up_*; listens to pool (who has a pool customer), sales (orders) and finance (receipts) for the fields only the system
writes.
"""
