"""Quotes: an offer with lines, which can become an order."""
