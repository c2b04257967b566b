import pytest

from issues.models import Theme
from issues.themes.actions import find_or_create_theme
from tests.factories import ThemeFactory

pytestmark = pytest.mark.django_db


def test_a_theme_is_found_whatever_its_case_and_a_new_one_stands_behind_all_others():
    first = ThemeFactory(name="Data", position=7)
    assert find_or_create_theme("DATA") == (first, False)
    theme, is_new = find_or_create_theme("None")
    assert (is_new, theme.position) == (True, 8)
    assert theme.slug != "none"  # in addresses that means: without a theme
    assert find_or_create_theme("none") == (theme, False)
    assert Theme.objects.count() == 2
