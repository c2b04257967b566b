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
from issues.drafts.models import Draft
from issues.replies.models import AnonymousFiling, FilingCount, Question
from issues.steps.models import NextStep
from issues.themes.models import Theme

__all__ = [
    "AnonymousFiling",
    "Attribution",
    "Bottleneck",
    "BottleneckQuerySet",
    "BottleneckTally",
    "Draft",
    "FilingCount",
    "NextStep",
    "Question",
    "Sort",
    "Theme",
    "TitlePart",
    "TouchedHub",
    "Vote",
]
