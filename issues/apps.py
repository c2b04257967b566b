"""The issues app."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """Wires the issues app into Django and into the registries of the floors below."""

    name = "issues"
