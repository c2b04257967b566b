"""Asking to join a hub: with whom the request lies, for how long, and what comes of it. Spec 01, Hubs."""
