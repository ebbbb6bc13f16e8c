"""Figures for people who ask: a read-only copy, shaped for questions, kept from the others' events.

It keeps the templates of the workbench, too. Publishes nothing; listens to sales, customer and identity. Each answer says how fresh it is.
"""
