"""Pictures of the terminal for the documentation, drawn from real runs."""
