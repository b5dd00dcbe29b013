"""What people and programs get to see: ``listeners`` of a run, ``pages``, ``documents`` (JSON), ``text``."""
