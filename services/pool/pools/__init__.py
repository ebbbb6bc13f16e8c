"""The pools: their members, rules and switch."""
