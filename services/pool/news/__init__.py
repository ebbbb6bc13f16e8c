"""What the pool hears from the other services: customers, and what reaches their goals."""
