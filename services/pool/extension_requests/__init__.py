"""Requests for more days, and their answers."""
