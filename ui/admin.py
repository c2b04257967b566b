"""What every page of the admin has in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from ui.forms import PlainTextMixin

MOST_WORDS = 10


class PlainTextModelForm(PlainTextMixin, forms.ModelForm[Any]):
    """A form of the admin, made from its model."""


class PortalAdmin(admin.ModelAdmin[Any]):
    """Rows in the admin: what is typed there is bounded and tidied as everywhere, searches are as well."""

    form = PlainTextModelForm

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Search for the first ten words: each of them makes the query longer."""
        few = " ".join(search_term.replace("\0", "").split()[:MOST_WORDS])
        return super().get_search_results(request, queryset, few)
