"""Orders and their approval: draft → pending approval → approved → completed, or voided."""
