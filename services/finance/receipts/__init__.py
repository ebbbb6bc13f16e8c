"""Receipts: money that came in, and what of it went back."""
