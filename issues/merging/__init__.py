"""Bottlenecks that are the same, or parts of a more general one: proposed, objected to, merged, unmerged."""
