"""The knowledge base: problems met before, and what solved them."""
