"""Questions about state and ledger that cli, pages and notifications share."""
