"""The ownership ledger: every change of hands, appended and never changed."""
