"""What the rooms keep, for Django and for other apps. Spec 02."""

from issues.bottlenecks.models import (
    Attribution,
    Bottleneck,
    BottleneckQuerySet,
    BottleneckTally,
    Sort,
    TouchedHub,
    Vote,
)
from issues.bottlenecks.titles import TitlePart
from issues.outline.models import ThemeVersion, VersionedTheme
from issues.steps.models import NextStep
from issues.themes.models import Theme

__all__ = [
    "Attribution",
    "Bottleneck",
    "BottleneckQuerySet",
    "BottleneckTally",
    "NextStep",
    "Sort",
    "Theme",
    "ThemeVersion",
    "TitlePart",
    "TouchedHub",
    "VersionedTheme",
    "Vote",
]
