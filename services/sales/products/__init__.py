"""Products: what is sold, at which list price, and what it costs."""
