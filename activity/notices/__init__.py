"""Notifications: who hears of what happened, by which channel, and what they have seen. Spec 06, Notifications."""
