"""The ui app."""

from django.apps import AppConfig
from django.db.models import CharField, Field, ForeignObject, TextField

from ui.lookups import AnyOf, IExact


class UiConfig(AppConfig):
    """Wires the ui app into Django and into the registries of the floors below."""

    name = "ui"

    def ready(self) -> None:
        """Have ``__iexact`` use the indexes that there are, and know ``__any``."""
        for field in (Field, ForeignObject):  # keys of other rows have lookups of their own
            field.register_lookup(AnyOf)
        for text in (CharField, TextField):
            text.register_lookup(IExact)
