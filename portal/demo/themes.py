"""How the themes of the demonstration came about: the list of 2018, and the one that the community agreed to."""

from __future__ import annotations

from datetime import datetime

from issues import verbs
from issues.models import Theme, ThemeVersion, VersionedTheme
from issues.outline.lists import as_markdown
from portal.demo import source
from portal.demo.consent import load_round
from portal.demo.story import Story
from ui.workdays import workday_before


def load_versions(story: Story) -> None:
    """Write the list as it was found, and the one that was adopted after a consent round."""
    told = source.texts("theme_versions")
    by, was = story.members[told["by"]], told["was"]
    themes = list(Theme.objects.all())
    noted_at = story.at(workday_before(told["noted_days"], story.today), 10)
    former = sorted(themes, key=lambda it: (it.name in was, it.position))
    rows = [
        _row(it, was.get(it.name, {}).get("name", it.name), was.get(it.name, {}).get("explanation", it.explanation))
        for it in former
    ]
    noted = _version(1, noted_at, rows)
    _keep(noted, ThemeVersion.State.NOTED, rows, noted_at)
    rows = [_row(it, it.name, it.explanation) for it in themes]
    version = _version(2, noted_at, rows)
    round_told = {**told["round"], "texts": [{"days": told["round"]["days"], "text": as_markdown(rows, "nl")}]}
    consent = load_round(story, round_told)
    version.consent, version.why, version.by = consent, told["why"].strip(), by
    version.decided_by, version.decided_at = by, story.at(workday_before(told["round"]["closed"] - 1, story.today), 9)
    _keep(version, ThemeVersion.State.ADOPTED, rows, consent.opened_at)
    data = {"version": version.number}
    community = story.community
    story.record(community, verbs.THEMES_DRAFTED, by=by, at=noted_at, data=data, readers="facilitators")
    proposed = {**data, "round": consent.pk}
    story.record(community, verbs.THEMES_PROPOSED, by=by, at=consent.opened_at, data=proposed)
    adopted = {**data, "moved": []}
    story.record(community, verbs.THEMES_ADOPTED, by=by, at=version.decided_at, data=adopted)


def _row(theme: Theme, name: str, explanation: str) -> VersionedTheme:
    return VersionedTheme(key=theme.key, name=name, explanation=explanation, language=theme.language)


def _version(number: int, begun_at: datetime, rows: list[VersionedTheme]) -> ThemeVersion:
    """A draft with these themes, in this order."""
    version = ThemeVersion.objects.create(number=number, begun_at=begun_at)
    for place, row in enumerate(rows, start=1):
        row.of_version, row.place = version, place
    VersionedTheme.objects.bulk_create(rows)
    return version


def _keep(version: ThemeVersion, state: str, rows: list[VersionedTheme], frozen_at: datetime) -> None:
    """Freeze it."""
    version.state, version.text, version.frozen_at = state, as_markdown(rows, "nl"), frozen_at
    version.save()
