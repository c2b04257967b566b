"""A community of any size in an empty database."""
