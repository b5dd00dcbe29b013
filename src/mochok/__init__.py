"""Uploads dated folders of files to S3 and proves, day by day, what arrived."""

__version__ = "0.1.0"
