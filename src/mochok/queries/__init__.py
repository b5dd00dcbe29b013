"""Questions about state and ledger whose answers several surfaces show: days, runs, what a run would take."""
