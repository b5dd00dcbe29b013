"""What is known of runs, results and data days, as values that ``state`` keeps and ``report`` shows."""
