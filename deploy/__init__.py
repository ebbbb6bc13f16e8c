"""How the parts are put together: broker, database, local runner, contracts, audit, benchmark."""
