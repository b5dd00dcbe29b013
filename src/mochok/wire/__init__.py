"""From the configuration to objects: the only package that constructs implementations."""
