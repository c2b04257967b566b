"""What the rooms keep, for Django and for other apps. Spec 02."""

from issues.adoptions.models import Adoption
from issues.bottlenecks.models import (
    Attribution,
    Bottleneck,
    BottleneckQuerySet,
    BottleneckTally,
    BottleneckTopic,
    Route,
    Sort,
    State,
    Tie,
    TouchedHub,
    Vote,
)
from issues.bottlenecks.titles import TitlePart
from issues.changes.models import TextChange
from issues.drafts.models import Draft
from issues.endings.models import Ending, NoticeAnswer
from issues.merging.models import Merge, Objection
from issues.outline.models import ThemeVersion, VersionedTheme
from issues.replies.models import AnonymousFiling, FilingCount, Question
from issues.steps.models import NextStep
from issues.themes.models import Theme

__all__ = [
    "Adoption",
    "AnonymousFiling",
    "Attribution",
    "Bottleneck",
    "BottleneckQuerySet",
    "BottleneckTally",
    "BottleneckTopic",
    "Draft",
    "Ending",
    "FilingCount",
    "Merge",
    "NextStep",
    "NoticeAnswer",
    "Objection",
    "Question",
    "Route",
    "Sort",
    "State",
    "TextChange",
    "Theme",
    "ThemeVersion",
    "Tie",
    "TitlePart",
    "TouchedHub",
    "VersionedTheme",
    "Vote",
]
