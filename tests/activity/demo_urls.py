"""The portal's URLs as in the demo, where activity.urls has its pages of /dev/mail/."""

from importlib.util import find_spec, module_from_spec

from django.test import override_settings
from django.urls import include, path

from portal.urls import urlpatterns as portal_patterns

_spec = find_spec("activity.urls")
assert _spec is not None
assert _spec.loader is not None
_demo = module_from_spec(_spec)
with override_settings(DEMO=True):
    _spec.loader.exec_module(_demo)

urlpatterns = [
    path("", include((_demo.urlpatterns, "activity"))),
    *[pattern for pattern in portal_patterns if getattr(pattern, "namespace", None) != "activity"],
]
