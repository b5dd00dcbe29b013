"""The demonstration: a real S3 server on this machine, sample data, a real run, and a comparison."""
