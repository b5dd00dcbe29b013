"""What Mochok remembers: the state file, the ledger, and the lock that guards them."""
