"""Digests: what happened since the last one, as mail and as page. Spec 06, Digests."""
