"""Garbage collection for processes that load much at first and then answer many small requests."""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000
"""How many more objects than were freed make Python look for cycles among the new ones. Its own 700 come together several times in a request."""


def load_in_peace() -> None:
    """To be called before anything is loaded: until `look_again` or `settle` nobody looks for cycles among what is here to stay."""
    gc.disable()


def look_again() -> None:
    """To be called once everything is loaded, by who may have to wait before it can `settle`."""
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    gc.enable()


def settle() -> None:
    """To be called once everything is loaded, and again when there is more: what is there stays, so nobody need look at it again."""
    gc.collect()
    gc.freeze()
    look_again()
