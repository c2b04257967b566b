"""Every write to the versions of the themes: drafted, proposed with a consent round, adopted. Spec 02, Themes; 06.

All of it happens to the one list of the community, so every act locks the community's subject first.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import CharField, F, Max, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.consent.actions import open_round, put_version
from activity.consent.models import TEXT_LENGTH
from activity.locks import hold_member, lock_subject, lock_subjects
from activity.models import Reader, Subject
from community.topics.actions import VOCABULARY
from issues import verbs
from issues.bottlenecks.models import Bottleneck
from issues.bottlenecks.selectors import BOTTLENECKS
from issues.themes.actions import THEMES, create_theme
from issues.themes.models import Theme
from ui.errors import RuleBroken, StaleForm
from ui.writing import hold

from .lists import as_markdown, listed
from .models import MOST_THEMES, ThemeVersion, VersionedTheme, VersionState
from .permissions import keeps_themes

if TYPE_CHECKING:
    from activity.verbs import Verb
    from community.models import User

ONLY_FACILITATORS = gettext_lazy("Only facilitators change the themes.")
NO_DRAFT = gettext_lazy("This draft is not there any more: it was put before the members, or thrown away.")


# --- Drafting ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def begin_draft(*, by: User) -> ThemeVersion:
    """Begin the next version: a copy of what is proposed now, or else of what holds. There is one draft at a time.

    A repeat returns the draft there is. Where themes hold that no version has as they are (they came with a list, or
    administrators changed them), they are written down as a version first, for the difference to be true. Raises
    RuleBroken for who does not facilitate.
    """
    community = _locked(by)
    draft = ThemeVersion.objects.draft().first()
    if draft is not None:
        return draft
    hold_member(by)
    proposed = ThemeVersion.objects.proposed().first()
    if proposed is not None:
        source = list(proposed.themes.all())
    else:
        source = _as_they_stand()
        if source and not _is_written_down(source):
            _write_down(source, by)
    draft = ThemeVersion.objects.create(number=_next_number(), by=by, language=by.language)
    _copy(source, draft)
    _record(community, verbs.THEMES_DRAFTED, draft, by, readers=Reader.FACILITATORS)
    return draft


@transaction.atomic
def add_theme(*, draft: ThemeVersion, by: User, name: str, explanation: str, language: str) -> VersionedTheme:
    """Put a new theme at the end of the draft. A repeat returns the one that is there.

    ``explanation`` is Markdown in ``language``. Raises RuleBroken for who does not facilitate, where there is no draft
    any more, for a name that is taken and for more themes than ``MOST_THEMES``.
    """
    community = _locked(by)
    fresh = _draft(draft.pk)
    themes = listed(fresh.themes.all())
    same = _named(name, themes)
    if same is not None and (same.explanation, same.language) == (explanation, language):
        return same
    _require_free(same)
    if len(themes) >= MOST_THEMES:
        raise RuleBroken(_("More than %(most)d themes order nothing: join some first.") % {"most": MOST_THEMES})
    added = VersionedTheme.objects.create(
        of_version=fresh, place=len(themes) + 1, name=name, explanation=explanation, language=language
    )
    _record_change(community, fresh, by)
    return added


@transaction.atomic
def change_theme(
    *, theme: VersionedTheme, by: User, version: int, name: str, explanation: str, language: str
) -> VersionedTheme:
    """Call a theme of the draft otherwise, or explain it otherwise; a repeat changes nothing.

    ``version`` is the one that the form was opened with. Raises StaleForm where somebody saved it meanwhile,
    RuleBroken as ``add_theme`` does.
    """
    community = _locked(by)
    fresh, draft = _of_draft(theme)
    if (fresh.name, fresh.explanation, fresh.language) == (name, explanation, language):
        return fresh
    if fresh.version != version:
        raise StaleForm
    _require_free(_named(name, [it for it in listed(draft.themes.all()) if it.pk != fresh.pk]))
    fresh.name, fresh.explanation, fresh.language = name, explanation, language
    fresh.version += 1
    fresh.save(update_fields=["name", "explanation", "language", "version"])
    _record_change(community, draft, by)
    return fresh


@transaction.atomic
def move_theme(*, theme: VersionedTheme, by: User, place: int) -> VersionedTheme:
    """Put a theme of the draft at this place, counted from 1; the others make room. A repeat changes nothing.

    A place beyond the end is the end. Raises RuleBroken for who does not facilitate, and where it is on no draft.
    """
    community = _locked(by)
    fresh, draft = _of_draft(theme)
    if fresh.place is None:
        raise RuleBroken(_("This theme is no longer on the list."))
    before = listed(draft.themes.all())
    after = [it for it in before if it.pk != fresh.pk]
    after.insert(max(place, 1) - 1, fresh)
    if [it.pk for it in after] != [it.pk for it in before]:
        _number(after)
        _record_change(community, draft, by)
    return fresh


@transaction.atomic
def remove_theme(*, theme: VersionedTheme, by: User, goes_to: VersionedTheme | None) -> None:
    """Leave a theme out of the draft; once that is adopted its bottlenecks go to another theme, or have none.

    One that is new in the draft is just gone. A repeat with another ``goes_to`` is a change of mind. Raises RuleBroken
    for who does not facilitate, where it is on no draft, and for a theme that is not on the list.
    """
    community = _locked(by)
    fresh, draft = _of_draft(theme)
    themes = list(draft.themes.all())
    to = next((it for it in listed(themes) if goes_to is not None and it.pk == goes_to.pk), None)
    if goes_to is not None and (to is None or to.pk == fresh.pk):
        raise RuleBroken(_("Choose a theme that stays on the list."))
    if fresh.place is None and fresh.goes_to_id == (to.pk if to else None):
        return
    VersionedTheme.objects.filter(of_version=draft, goes_to=fresh).update(goes_to=to)
    if Theme.objects.filter(key=fresh.key).exists():
        fresh.place, fresh.goes_to = None, to
        fresh.save(update_fields=["place", "goes_to"])
    else:
        fresh.delete()
    _number([it for it in listed(themes) if it.pk != theme.pk])
    _record_change(community, draft, by)


@transaction.atomic
def put_back_theme(*, theme: VersionedTheme, by: User) -> VersionedTheme:
    """Put a theme that was left out back, at the end of the draft. A repeat changes nothing.

    Raises RuleBroken for who does not facilitate, where it is on no draft, and if its name was given away meanwhile.
    """
    community = _locked(by)
    fresh, draft = _of_draft(theme)
    if fresh.place is not None:
        return fresh
    themes = listed(draft.themes.all())
    _require_free(_named(fresh.name, themes))
    fresh.place, fresh.goes_to = len(themes) + 1, None
    fresh.save(update_fields=["place", "goes_to"])
    _record_change(community, draft, by)
    return fresh


@transaction.atomic
def drop_draft(*, draft: ThemeVersion, by: User) -> None:
    """Throw the draft away; a repeat changes nothing. Raises RuleBroken for who does not facilitate."""
    community = _locked(by)
    fresh = ThemeVersion.objects.draft().filter(pk=draft.pk).first()
    if fresh is not None:
        _record(community, verbs.THEMES_DRAFT_DROPPED, fresh, by, readers=Reader.FACILITATORS)
        fresh.delete()


# --- Deciding ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_version(
    *, draft: ThemeVersion, by: User, why: str, question: str, language: str, closes_on: date
) -> ThemeVersion:
    """Freeze the draft and ask the members for consent to it until ``closes_on``; a repeat changes nothing.

    Where a round about an earlier proposal is open its text becomes this one, and that proposal is replaced: who spoke
    is asked again. ``why`` is Markdown in ``language``. Raises RuleBroken for who does not facilitate, for a list that
    is empty, too long or the same as what holds or is proposed, and whatever the round asks.
    """
    community = _locked(by)
    fresh = ThemeVersion.objects.filter(pk=draft.pk).first()
    if fresh is None or fresh.state not in {VersionState.DRAFT, VersionState.PROPOSED}:
        raise RuleBroken(str(NO_DRAFT))
    if fresh.state == VersionState.PROPOSED:
        return fresh
    themes = list(fresh.themes.all())
    former = ThemeVersion.objects.proposed().select_related("consent").first()
    _require_new(themes, former)
    text = as_markdown(themes, language)
    if len(text) > TEXT_LENGTH:
        raise RuleBroken(
            _("The list has %(length)d characters. Shorten it to %(most)d, or nobody reads it.")
            % {"length": len(text), "most": TEXT_LENGTH}
        )
    hold_member(by)
    consent = former.consent if former is not None else None
    if consent is not None and consent.closed_at is None:
        consent = put_version(consent=consent, by=by, version=consent.version, text=text, closes_on=closes_on)
    else:
        consent = open_round(
            subject=community, by=by, question=question, text=text, language=language, closes_on=closes_on
        )
    if former is not None:
        _decide(former, VersionState.REPLACED, by)
    fresh.state, fresh.why, fresh.text, fresh.language = VersionState.PROPOSED, why, text, language
    fresh.by, fresh.frozen_at, fresh.consent = by, timezone.now(), consent
    fresh.save(update_fields=["state", "why", "text", "language", "by", "frozen_at", "consent"])
    _record(community, verbs.THEMES_PROPOSED, fresh, by, round=consent.pk)
    return fresh


@transaction.atomic
def withdraw_version(*, version: ThemeVersion, by: User) -> ThemeVersion:
    """Take a proposal back; a repeat changes nothing.

    Raises RuleBroken for who does not facilitate, while its round is open, and if something else was decided.
    """
    community = _locked(by)
    fresh = ThemeVersion.objects.select_related("consent").get(pk=version.pk)
    if fresh.state == VersionState.WITHDRAWN:
        return fresh
    _require_proposed(fresh)
    if fresh.consent is not None and fresh.consent.closed_at is None:
        raise RuleBroken(_("Close the consent round first: members are answering it."))
    hold_member(by)
    _decide(fresh, VersionState.WITHDRAWN, by)
    _record(community, verbs.THEMES_WITHDRAWN, fresh, by)
    return fresh


@transaction.atomic
def adopt_version(*, version: ThemeVersion, by: User) -> ThemeVersion:
    """Let a proposal hold once the members were asked about exactly that; a repeat changes nothing.

    Themes keep their bottlenecks whatever they are called now and wherever they stand. Those of a theme that is left
    out go where the version says, or have no theme; how many they are stands in the ledger. A theme that was on no
    version yet stays behind all others: it came with a list meanwhile. Raises RuleBroken for who does not facilitate,
    where the round is open or was about another text, if something else was decided, and for a name that such a theme
    has.
    """
    hold(VOCABULARY)
    # Subjects are locked in one order, the community's among them: those of what will lose its theme here and now.
    lock_subjects([Subject.objects.community().pk, *_subjects_without_their_theme(version)])
    community = _locked(by)
    fresh = ThemeVersion.objects.select_related("consent").get(pk=version.pk)
    if fresh.state == VersionState.ADOPTED:
        return fresh
    _require_proposed(fresh)
    _require_consent(fresh)
    listed_ones = list(fresh.themes.all())
    hold_member(by)
    moved = _apply(listed_ones)
    _decide(fresh, VersionState.ADOPTED, by)
    THEMES.changed()
    if moved:
        BOTTLENECKS.changed()
    _record(community, verbs.THEMES_ADOPTED, fresh, by, moved=moved)
    return fresh


def themes_known_to(member: User) -> set[int]:
    """The subject of the versions that name ``member``, if any do: it is locked to erase them."""
    named = ThemeVersion.objects.filter(Q(by=member) | Q(decided_by=member))
    return {Subject.objects.community().pk} if named.exists() else set()


def forget_keeper(member: User) -> None:
    """Part of erasing an account: versions stay, and name nobody."""
    ThemeVersion.objects.filter(by=member).update(by=None)
    ThemeVersion.objects.filter(decided_by=member).update(decided_by=None)


# --- What they have in common -----------------------------------------------------------------------------------------
def _locked(by: User) -> Subject:
    """The community's subject, locked. Raises RuleBroken for who does not facilitate."""
    if not keeps_themes(by):
        raise RuleBroken(str(ONLY_FACILITATORS))
    return lock_subject(Subject.objects.community().pk)


def _draft(pk: int) -> ThemeVersion:
    fresh = ThemeVersion.objects.draft().filter(pk=pk).first()
    if fresh is None:
        raise RuleBroken(str(NO_DRAFT))
    return fresh


def _of_draft(theme: VersionedTheme) -> tuple[VersionedTheme, ThemeVersion]:
    """The fresh row of a theme, and the draft it is on."""
    draft = _draft(theme.of_version_id)
    fresh = draft.themes.filter(pk=theme.pk).first()
    if fresh is None:
        raise RuleBroken(_("This theme is no longer on the list."))
    return fresh, draft


def _named(name: str, themes: Iterable[VersionedTheme]) -> VersionedTheme | None:
    return next((it for it in themes if it.name.casefold() == name.casefold()), None)


def _require_free(same: VersionedTheme | None) -> None:
    if same is not None:
        raise RuleBroken(_("There is a theme “%(name)s” already.") % {"name": same.name}, field="name")


def _require_proposed(version: ThemeVersion) -> None:
    if version.state != VersionState.PROPOSED:
        raise RuleBroken(_("Something else was decided about this version meanwhile."))


def _require_consent(version: ThemeVersion) -> None:
    consent = version.consent
    if consent is None or consent.closed_at is None or consent.result is None:
        raise RuleBroken(_("Members are still answering. It can be adopted once the consent round is closed."))
    if consent.result["text"] != version.text:
        raise RuleBroken(_("The consent round was closed about another text than this list. Ask the members again."))


def _require_new(themes: Sequence[VersionedTheme], former: ThemeVersion | None) -> None:
    if not listed(themes):
        raise RuleBroken(_("There is no theme on this list yet."))
    if _says(themes) == _says(_as_they_stand()):
        raise RuleBroken(_("This is the list that holds already."))
    if former is not None and _says(themes) == _says(list(former.themes.all())):
        raise RuleBroken(_("This is the list that members are asked about already."))


def _says(themes: Iterable[VersionedTheme]) -> list[Any]:
    rows = list(themes)
    keys = {it.pk: it.key for it in rows}
    said = [(it.key, it.name, it.explanation, it.language) for it in listed(rows)]
    gone = sorted((str(it.key), str(keys.get(it.goes_to_id or 0))) for it in rows if it.place is None)
    return [said, gone]


def _as_they_stand() -> list[VersionedTheme]:
    """The themes that hold, as rows that are not saved."""
    columns = ("key", "name", "explanation", "language")
    rows = Theme.objects.values(*columns)
    return [VersionedTheme(place=place, **row) for place, row in enumerate(rows, start=1)]


def _is_written_down(themes: Sequence[VersionedTheme]) -> bool:
    last = ThemeVersion.objects.in_force().first()
    if last is None:
        return False
    return _says(listed(last.themes.all())) == _says(themes)


def _write_down(themes: Sequence[VersionedTheme], by: User) -> None:
    """Make a version of what holds, which nobody was asked about."""
    noted = ThemeVersion.objects.create(number=_next_number(), by=by, language=by.language)
    _copy(themes, noted)
    noted.text, noted.state = as_markdown(themes, by.language), VersionState.NOTED
    noted.frozen_at = timezone.now()
    noted.save(update_fields=["text", "state", "frozen_at"])


def _next_number() -> int:
    return (ThemeVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _copy(themes: Sequence[VersionedTheme], to: ThemeVersion) -> None:
    """Write the same themes for another version, and what becomes of those that are left out."""
    columns = ("key", "place", "name", "explanation", "language")
    made = [VersionedTheme(of_version=to, **{name: getattr(it, name) for name in columns}) for it in themes]
    VersionedTheme.objects.bulk_create(made)
    by_key = {it.key: it for it in made}
    keys = {it.pk: it.key for it in themes}
    for it in themes:
        if it.goes_to_id is not None:
            VersionedTheme.objects.filter(pk=by_key[it.key].pk).update(goes_to=by_key[keys[it.goes_to_id]])


def _number(themes: Iterable[VersionedTheme]) -> None:
    """Let these stand in this order; the places are judged at the commit."""
    for place, theme in enumerate(themes, start=1):
        if theme.place != place:
            theme.place = place
            theme.save(update_fields=["place"])


def _decide(version: ThemeVersion, state: VersionState, by: User) -> None:
    version.state, version.decided_by, version.decided_at = state, by, timezone.now()
    version.save(update_fields=["state", "decided_by", "decided_at"])


def _record_change(community: Subject, draft: ThemeVersion, by: User) -> None:
    hold_member(by)
    _record(community, verbs.THEMES_DRAFT_CHANGED, draft, by, readers=Reader.FACILITATORS)


def _record(
    community: Subject, verb: Verb, version: ThemeVersion, by: User, *, readers: str = Reader.SUBJECT, **data: Any
) -> None:
    record(community, verb, by=by, data={"version": version.number, **data}, readers=readers)


# --- What holds from then on ------------------------------------------------------------------------------------------
def _apply(themes: Sequence[VersionedTheme]) -> list[dict[str, int | None]]:
    """Make the themes that hold those of this version; returns from which theme to which how many bottlenecks went."""
    # Whoever files meanwhile refers to a theme: that waits for this, and this for them.
    there = {it.key: it for it in Theme.objects.select_for_update().order_by("pk")}
    on_list = listed(themes)
    former = _keys_that_held()
    keys = {it.key for it in on_list}
    leaving = [it for key, it in there.items() if key in former and key not in keys]
    by_name = {it.name.casefold(): it for key, it in there.items() if key not in former and key not in keys}
    kept: dict[uuid.UUID | None, Theme] = {}
    for row in on_list:
        found = there.get(row.key) or by_name.pop(row.name.casefold(), None)
        if found is not None:
            kept[row.key] = found
    for row in on_list:
        if row.name.casefold() in by_name:
            raise RuleBroken(
                _("A theme “%(name)s” came with a list meanwhile. Give that one another name first.")
                % {"name": row.name}
            )
    # Names may have been swapped: all of them go out of the way first.
    theirs = [it.pk for it in (*leaving, *kept.values())]
    Theme.objects.filter(pk__in=theirs).update(name=Cast("key", CharField()))
    for row in on_list:
        if row.key not in kept:
            kept[row.key] = create_theme(row.name)
        columns = {"name": row.name, "explanation": row.explanation, "language": row.language, "key": row.key}
        Theme.objects.filter(pk=kept[row.key].pk).update(position=row.place, **columns)
    keys_of = {it.pk: it.key for it in on_list}
    goes = {it.key: keys_of.get(it.goes_to_id) for it in themes if it.goes_to_id is not None}
    moved = [_move(it, kept.get(goes.get(it.key))) for it in leaving]
    Theme.objects.filter(pk__in=[it.pk for it in leaving]).delete()
    others = Theme.objects.exclude(pk__in=[it.pk for it in kept.values()]).filter(position__lte=len(on_list))
    others.update(position=F("position") + len(on_list))
    return moved


def _keys_that_held() -> set[uuid.UUID]:
    """Themes of all versions that hold or held: what is on none of them came from elsewhere, and was never agreed."""
    held = VersionedTheme.objects.filter(of_version__in=ThemeVersion.objects.in_force(), place__isnull=False)
    return set(held.values_list("key", flat=True))


def _subjects_without_their_theme(version: ThemeVersion) -> QuerySet[Bottleneck, int]:
    """The subjects of the bottlenecks whose theme is not on this version."""
    stays = version.themes.filter(place__isnull=False).values("key")
    leaving = Theme.objects.filter(key__in=_keys_that_held()).exclude(key__in=stays)
    return Bottleneck.objects.filter(theme__in=leaving).order_by().values_list("subject", flat=True)


def _move(theme: Theme, to: Theme | None) -> dict[str, int | None]:
    """Give the bottlenecks of a theme another one, or none; returns how many, as the ledger has it."""
    number = Bottleneck.objects.filter(theme=theme).update(theme=to)
    return {"from": theme.pk, "to": to.pk if to else None, "number": number}
