"""The activity app."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"
