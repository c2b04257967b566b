"""What the pages of all subjects share, and the parts that apps add to them. Spec 00, Floors and One subject."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from ui.registry import Registry
from ui.sections import ShownSection

from .ties import TiedGroup, links_of
from .timelines import TimelineItem, timeline

if TYPE_CHECKING:
    from .models import Subject

TIMELINE_LINES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectSection:
    """A part of the pages of some ``kinds`` of subject (their keys; of all, where none is said).

    ``load`` costs at most one query and returns what ``template`` shows, or None when there is nothing to show. It gets
    the subject with the row of its owner, ``subject.hub`` and so on, as the page has loaded it. ``aside`` puts the
    section into the narrow column, ``lead`` to the head of the page, beside what one can do there.
    """

    key: str
    template: str
    load: Callable[[HttpRequest, Subject], Mapping[str, Any] | None]
    kinds: Collection[str] = ()
    order: int = 100
    aside: bool = False
    lead: bool = False

    def is_for(self, subject: Subject) -> bool:
        """Whether pages of this kind of subject have it."""
        return not self.kinds or subject.kind in self.kinds


subject_sections: Registry[SubjectSection] = Registry("sections of subjects' pages")
"""Parts of a subject's page: the bottlenecks of a hub, its next sessions."""


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """What every subject's page shows beside what only its owner knows."""

    subject: Subject
    links: Sequence[TiedGroup]
    timeline: Sequence[TimelineItem]
    lead_sections: Sequence[ShownSection]
    main_sections: Sequence[ShownSection]
    aside_sections: Sequence[ShownSection]


def load_subject_page(request: HttpRequest, subject: Subject, *, lines: int = TIMELINE_LINES) -> SubjectPage:
    """Load what all subjects' pages share: two queries, and at most one for each section of its kind.

    The caller has made sure that the reader may see ``subject``. ``lines`` is how long the timeline gets.
    """
    loaded = ((it, it.load(request, subject)) for it in subject_sections if it.is_for(subject))
    shown = [ShownSection(it.key, it.template, it.aside, data, it.lead) for it, data in loaded if data is not None]
    return SubjectPage(
        subject=subject,
        links=links_of(subject, request.user),
        timeline=timeline(subject, request.user, limit=lines),
        lead_sections=[section for section in shown if section.lead],
        main_sections=[section for section in shown if not section.aside and not section.lead],
        aside_sections=[section for section in shown if section.aside],
    )
