"""Merges on a bottleneck's page."""


def register() -> None:
    """Add them."""
