"""The published language: one module per publisher, one class per event.

Consumers ignore fields they do not know; fields are only ever added; a changed meaning is a new event.
"""
