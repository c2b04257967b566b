"""The ui app."""

from django.apps import AppConfig
from django.db.models import CharField, TextField

from ui.lookups import IExact


class UiConfig(AppConfig):
    """Wires the ui app into Django and into the registries of the floors below."""

    name = "ui"

    def ready(self) -> None:
        """Have ``__iexact`` use the indexes that there are."""
        for field in (CharField, TextField):
            field.register_lookup(IExact)
