"""What a scheduled run needs, looked at before the night: every finding is a value."""
