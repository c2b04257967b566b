"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Wires the events app into Django and into the registries of the floors below."""

    name = "events"
