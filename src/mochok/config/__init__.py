"""The configuration file: schema, loading, older spellings, lint, generated reference."""
