"""The ui app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Wires the ui app into Django and into the registries of the floors below."""

    name = "ui"
