"""Object stores: the seam, the awscrt engine behind it, and its wrappers."""
