"""Price lists: other prices than the list price, for a time or for some customers."""
