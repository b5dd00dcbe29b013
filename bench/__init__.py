"""Compares Mochok with its peers in one run, on one server, as whole processes."""
