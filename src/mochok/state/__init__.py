"""What is kept between runs: the state file, the ledger, and the lock for both."""
