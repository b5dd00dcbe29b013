"""Strategies turn (configuration, date) into a source folder and a destination prefix."""
