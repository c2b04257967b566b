"""What the rooms keep, for Django and for other apps. Spec 02."""

from issues.bottlenecks.models import (
    Attribution,
    Bottleneck,
    BottleneckQuerySet,
    BottleneckTally,
    BottleneckTopic,
    Sort,
    TouchedHub,
    Vote,
)
from issues.bottlenecks.titles import TitlePart
from issues.steps.models import NextStep
from issues.themes.models import Theme

__all__ = [
    "Attribution",
    "Bottleneck",
    "BottleneckQuerySet",
    "BottleneckTally",
    "BottleneckTopic",
    "NextStep",
    "Sort",
    "Theme",
    "TitlePart",
    "TouchedHub",
    "Vote",
]
