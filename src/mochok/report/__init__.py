"""Listeners that show what happens: log file, console, JSON lines, summaries."""
