"""What ``collectstatic`` makes of the style sheets and scripts."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import Context, Template

from ui import staticfiles

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.fixture
def collected(settings, tmp_path, monkeypatch):
    """The own static files as production serves them."""
    settings.STATIC_ROOT = str(tmp_path)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "ui.staticfiles.BundledManifestStorage"}}
    call_command("collectstatic", verbosity=0, interactive=False)
    yield tmp_path
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]


def test_production_has_one_style_sheet_and_one_script(collected):
    html = Template("{% stylesheets %}{% scripts %}").render(Context())
    (style,) = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', html)
    (script,) = re.findall(r'<script type="module" src="/static/([^"]+)"></script>', html)
    assert re.fullmatch(r"css/doorbraak\.[0-9a-f]{12}\.css", style)
    css, js = (collected / style).read_text(), (collected / script).read_text()
    for part in STATIC.glob("css/*.css"):
        rule = re.search(r"^ +(\.[\w-]+) \{", part.read_text(), re.MULTILINE)
        assert rule is None or rule[1] in css
    assert "htmx" in js
    assert "data-theme-switch" in js
    for name in (style, script):
        assert (collected / f"{name}.br").exists()
        assert (collected / f"{name}.gz").exists()
    for url in re.findall(r'url\("([^"]+)"\)', css):
        assert ((collected / "css") / url).resolve().exists()
        assert re.search(r"\.[0-9a-f]{12}\.", url)


def test_the_first_visit_fits_the_budget(collected):
    html = Template("{% stylesheets %}{% scripts %}").render(Context())
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', html)
    fonts = [
        "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
        "fonts/newsreader-display.woff2",
    ]
    icons = staticfiles_storage.stored_name(  # type: ignore[attr-defined]
        "icons/icons.svg"
    )
    size = sum((collected / f"{name}.br").stat().st_size for name in [*names, icons])
    size += sum((collected / font).stat().st_size for font in fonts)
    assert size <= 100_000  # spec 00: 120 kB with the page itself


def test_while_developing_each_part_is_its_own_file(settings):
    html = Template("{% stylesheets %}{% scripts %}").render(Context())
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', html)
    assert names[0] == "css/1-tokens.css"
    assert "js/vendor/htmx.min.js" in names
    assert all((STATIC / name).is_file() for name in names)


def test_scripts_are_self_contained_so_that_one_file_can_hold_them():
    for part in staticfiles.script_parts():
        if "vendor" not in part:
            assert not re.search(r"^\s*(?:import|export)\b", (STATIC / part).read_text(), re.MULTILINE), part


def test_the_licences_of_what_others_made_come_along():
    for path in ("js/vendor/htmx.LICENSE.txt", "icons/LICENSE-lucide.txt", "fonts/OFL-Newsreader.txt"):
        assert (STATIC / path).read_text().strip()
