"""Consent rounds: a frozen text, what members say to it, and what came of it. Spec 06."""
