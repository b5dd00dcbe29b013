"""Deciding, purely: filters, comparison, the planner and the options of ``aws s3 sync``."""
