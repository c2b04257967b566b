"""Choosing hubs, topics and people in forms and filters: found while one types, and read as they were typed."""
