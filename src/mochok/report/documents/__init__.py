"""JSON documents for programs, one file each; pure."""
