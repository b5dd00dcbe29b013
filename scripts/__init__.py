"""What the project does to itself: pages that are written from the code."""
