"""From the configuration to objects: the only place that constructs implementations."""
