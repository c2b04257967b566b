"""What the rooms keep, for Django and for other apps. Spec 02."""

from issues.bottlenecks.models import (
    Attribution,
    Bottleneck,
    BottleneckQuerySet,
    BottleneckTally,
    Sort,
    Tie,
    TouchedHub,
    Vote,
)
from issues.bottlenecks.titles import TitlePart
from issues.merging.models import Merge, Objection
from issues.steps.models import NextStep
from issues.themes.models import Theme

__all__ = [
    "Attribution",
    "Bottleneck",
    "BottleneckQuerySet",
    "BottleneckTally",
    "Merge",
    "NextStep",
    "Objection",
    "Sort",
    "Theme",
    "Tie",
    "TitlePart",
    "TouchedHub",
    "Vote",
]
