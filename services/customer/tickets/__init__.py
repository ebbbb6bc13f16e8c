"""Tickets: what a customer wants repaired or answered, until it is closed."""
