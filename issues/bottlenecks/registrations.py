"""What bottlenecks add to the registries of the floors below, once, when the app is ready."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from activity.pages import SubjectSection, subject_sections
from community.hubs.tallies import figures_of
from community.models import Hub
from community.registries import ErasureHook, HubFigure, erasure_hooks, hub_figures
from issues.registries import ReplyPart, reply_parts
from ui.kept import kept_figures
from ui.registry import NavEntry, navigation
from ui.sections import Figure, Section, TodoSource, home_acts, home_sections, home_todos, landing_figures

from . import actions, permissions, proofs, sections, selectors  # noqa: F401 - permissions register themselves
from .models import Bottleneck, BottleneckTally
from .sets import figures_of_links


def register() -> None:
    """Fill them."""
    navigation.register(
        NavEntry(
            key="bottlenecks",
            label=_("Bottlenecks"),
            url="issues:bottleneck_list",
            icon="droplet",
            order=30,
            in_tabbar=True,
        )
    )
    home_sections.register(Section(key="rising", order=20, template="issues/home_rising.html", load=sections.rising))
    home_acts.register(NavEntry(key="file", label=_("File a bottleneck"), url="issues:bottleneck_new", icon="plus"))
    home_todos.register(TodoSource(key="answers", load=sections.answers_waiting, order=22))
    landing_figures.register(
        Figure(key="bottlenecks", order=30, number=selectors.on_the_table, label=sections.on_the_table_label)
    )
    subject_sections.register(
        SubjectSection(
            key="bottlenecks",
            kinds=[Hub.SUBJECT_KIND],
            order=30,
            template="issues/hub_bottlenecks.html",
            load=sections.of_hub,
        )
    )
    subject_sections.register(
        SubjectSection(
            key="questions",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=25,
            template="issues/questions.html",
            load=sections.questions,
        )
    )
    reply_parts.register(
        ReplyPart(key="waiting", order=10, template="issues/reply_waiting.html", load=sections.while_it_waits)
    )
    kept_figures.register(figures_of_links())
    kept_figures.register(proofs.figures_of_votes())
    kept_figures.register(figures_of(BottleneckTally))
    hub_figures.register(HubFigure(key="bottlenecks", order=20, load=sections.on_cards))
    erasure_hooks.register(
        ErasureHook(key="votes", order=30, subjects=actions.bottlenecks_known_to, run=actions.forget_voter)
    )
