"""Scripts of the project: files that are written from the code."""
