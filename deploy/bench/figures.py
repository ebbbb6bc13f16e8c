"""Medians and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number the lower of the two in the middle."""
    return percentile(values, 50)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many percent of the values do not exceed (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]
