"""Listeners of a run's events: console, log file, JSON lines."""
