"""Reminders: what people should not forget, made by hand or by what the others tell.

One reminder per fact, however often its event is delivered. Listens to customer, pool, sales and finance.
"""
