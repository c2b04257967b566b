"""Template tags and filters of the ui floor."""
