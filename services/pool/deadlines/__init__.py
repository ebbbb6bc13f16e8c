"""When the pool takes a customer: the one decision behind recycling, automatic entry, warnings, countdown and rehearsal."""
