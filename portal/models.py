"""The tables of this app's rooms, where Django looks for them."""

from portal.pages.models import Page

__all__ = ["Page"]
