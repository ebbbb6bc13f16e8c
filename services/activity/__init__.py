"""Reminders: what people should not forget, made by hand or by what the others tell.

One reminder per fact, however often its event is delivered; by mail too, for whoever wants that. Listens to customer, pool, sales, finance and identity.
"""
