"""Approval rules: which orders need whose yes, in which steps."""
