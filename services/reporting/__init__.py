"""Figures for people who ask: a read-only copy, shaped for questions, kept from the others' events.

Publishes nothing; listens to sales and customer. Each answer says how fresh it is.
"""
