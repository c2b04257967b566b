"""The issues app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IssuesConfig(AppConfig):
    """Wires the issues app into Django and into the registries of the floors below."""

    name = "issues"

    def ready(self) -> None:
        """Load permissions, verbs and kinds, fill menus and pages, and say what erasing an account does to votes."""
        from activity.pages import SubjectSection, subject_sections
        from community.hubs.tallies import figures_of
        from community.models import Hub
        from community.registries import (
            ErasureHook,
            HubFigure,
            erasure_hooks,
            hub_figures,
        )
        from ui.kept import kept_figures
        from ui.registry import NavEntry, navigation
        from ui.sections import (
            Figure,
            Section,
            TodoSource,
            home_acts,
            home_sections,
            home_todos,
            landing_figures,
        )

        from . import follows, subjects, verbs  # noqa: F401 - they register themselves
        from .adoptions import actions as adopting
        from .adoptions import sections as adoptions
        from .adoptions import steps as life_steps  # noqa: F401 - they register themselves
        from .adoptions import todos
        from .bottlenecks import actions, permissions, proofs, sections, selectors  # noqa: F401 - permissions register themselves
        from .bottlenecks.sets import figures_of_links
        from .endings import actions as ending
        from .endings import emails, notices, tasks  # noqa: F401 - they register themselves
        from .endings import sections as endings
        from .merging import registrations as merging
        from .models import Bottleneck, BottleneckTally
        from .outline import actions as outline
        from .registries import ReplyPart, reply_parts
        from .steps import sections as steps

        steps.register()
        adoptions.register()
        todos.register()
        endings.register()
        emails.register()
        merging.register()
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
        home_sections.register(
            Section(key="rising", order=20, template="issues/home_rising.html", load=sections.rising)
        )
        home_acts.register(NavEntry(key="file", label=_("File a bottleneck"), url="issues:bottleneck_new", icon="plus"))
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
        kept_figures.register(figures_of_links())
        subject_sections.register(
            SubjectSection(
                key="questions",
                kinds=[Bottleneck.SUBJECT_KIND],
                order=25,
                template="issues/questions.html",
                load=sections.questions,
            )
        )
        home_todos.register(TodoSource(key="answers", load=sections.answers_waiting, order=22))
        reply_parts.register(
            ReplyPart(key="waiting", order=10, template="issues/reply_waiting.html", load=sections.while_it_waits)
        )
        kept_figures.register(proofs.figures_of_votes())
        kept_figures.register(figures_of(BottleneckTally))
        hub_figures.register(HubFigure(key="bottlenecks", order=20, load=sections.on_cards))
        erasure_hooks.register(
            ErasureHook(key="votes", order=30, subjects=actions.bottlenecks_known_to, run=actions.forget_voter)
        )
        # What they wrote for a hub or of an end stays, without them: the keys to the member are emptied with it.
        erasure_hooks.register(
            ErasureHook(
                key="life",
                order=31,
                subjects=lambda member: adopting.subjects_adopted_by(member) | ending.subjects_ended_by(member),
                run=lambda _member: None,
            )
        )
        erasure_hooks.register(
            ErasureHook(key="themes", order=40, subjects=outline.themes_known_to, run=outline.forget_keeper)
        )
