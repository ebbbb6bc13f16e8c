"""The customers in the pools, and what the pool knows of all others."""
