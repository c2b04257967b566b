"""Hubs that take a bottleneck up, and being asked to."""
