"""Every page there is, by who reads it; the tests that look at all pages go along this list."""

from dataclasses import dataclass

from tests.browser.site import Site

MEMBER = "member@doorbraak.example"
REPRESENTATIVE = "representative@doorbraak.example"
FACILITATOR = "facilitator@doorbraak.example"
NEWCOMER = "newcomer@doorbraak.example"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, who reads it (None: a visitor) and what it answers with."""

    path: str
    reader: str | None = None
    status: int = 200


def all_pages(site: Site) -> list[Shown]:
    """Return every page of the portal, each for the reader to whom it shows most."""
    known: dict[str, str] = site.backstage.run(
        """
        from community.models import Hub, JoinRequest, User
        from events.models import Session
        from issues.endings.links import NOTICE
        from issues.models import Adoption, Bottleneck, Ending, Merge
        from issues.outline.actions import begin_draft, remove_theme
        from activity.consent.models import Condition, ConsentRound
        from activity.conversation.models import Comment
        from activity.links import UNSUBSCRIBE, token_for
        from activity.models import Subject, SubjectLink
        from activity.moderation.actions import hide
        from activity.moderation.models import Case
        from events.links import WITHDRAW
        member = User.objects.get(email="member@doorbraak.example")
        tied = SubjectLink.objects.select_related("from_subject", "to_subject").first()
        judge = User.objects.get(email="facilitator@doorbraak.example")
        judge.language = "nl"  # in which the words are written, whatever the test reads in
        own = Comment.objects.get(author=member, hidden_at=None)
        hidden = Comment.objects.create(subject=own.subject, author=member, text="Van Rossem zei dat.", language="nl")
        draft = begin_draft(by=judge)
        remove_theme(theme=draft.themes.get(name="ICT-architectuur"), by=judge, goes_to=None)
        case = hide(subject=hidden.subject, comment=hidden, by=judge, reason="person", text="Haal de naam eruit.")
        full = Session.objects.get(title="Lezing: synthetische testdata")
        done = Merge.objects.select_related("main").filter(state="effective").earliest("pk")
        result = {
            "geo": Session.objects.get(title="Kernbijeenkomst Geo").get_absolute_url(),
            "full": full.get_absolute_url(),
            "cancelled": Session.objects.get(state="cancelled", title="Codebespreking lusdata").get_absolute_url(),
            "public": Session.objects.filter(title__startswith="Communitydag").latest("starts_at").get_absolute_url(),
            "past": Session.objects.filter(title__startswith="Communitydag").earliest("starts_at").get_absolute_url(),
            "generic": Bottleneck.objects.get(title="Modellen komen niet in productie").get_absolute_url(),
            "waiting": Bottleneck.objects.get(title="Data science is niemands portefeuille").get_absolute_url(),
            "asked-hubs": Bottleneck.objects.get(title__startswith="Geen plek om code te delen").get_absolute_url(),
            "solved": Bottleneck.objects.get(title__startswith="Stagiairs krijgen geen account").get_absolute_url(),
            "confirmed": Bottleneck.objects.get(title="Bijeenkomsten alleen in Utrecht").get_absolute_url(),
            "declined": Bottleneck.objects.get(title__startswith="Communicatie-afdeling").get_absolute_url(),
            "adoption": Adoption.objects.running().get().pk,
            "notice": token_for(
                purpose=NOTICE, member=member, subject=Ending.objects.asking().get().bottleneck.subject
            ),
            "changeable": Bottleneck.objects.filter(attribution="imported", subject__closed_at=None)
            .filter(subject__merged_into=None).earliest("pk").get_absolute_url(),
            "merged": done.other_id,
            "merged-into": done.main.get_absolute_url(),
            "merge": Merge.objects.get(state="proposed").pk,
            "done": done.pk,
            "new": Bottleneck.objects.get(title="Geen feedback op opgeleverde analyses").get_absolute_url(),
            "asked": "/join-requests/%d/" % JoinRequest.objects.get(member__name="Noor Dekker").pk,
            "said": own.pk,
            "heard": Comment.objects.exclude(edited_at=None).get().pk,
            "asked-of-all": ConsentRound.objects.get(closed_at=None).pk,
            "agreed": ConsentRound.objects.get(question="Sta je achter ons verhaal?").pk,
            "theme": draft.themes.get(name="Data en toegang").pk,
            "condition": Condition.objects.get(verdict="open").pk,
            "community": Subject.objects.community().pk,
            "talked-about": own.subject_id,
            "talk": own.subject.url,
            "hidden": case.pk,
            "not-own": Session.objects.get(title="Kernbijeenkomst Geo").subject_id,
            "reported": Case.objects.filter(state="open").earliest("pk").pk,
            "anonymous": Bottleneck.objects.get(attribution="anonymous").subject.url,
            "filed": tied.from_subject.url,
            "filed-at": tied.to_subject.url,
            "file-at": f"/bottlenecks/new/?at={tied.to_subject.pk}",
            "bulk-at": f"/bottlenecks/bulk/?at={tied.to_subject.pk}",
            "withdraw": "/sessions/withdraw/" + token_for(
                purpose=WITHDRAW, member=member, subject=full.subject
            ) + "/",
            "unsubscribe": "/mail/unsubscribe/" + token_for(
                purpose=UNSUBSCRIBE, member=member, kind="session_reminder_1"
            ) + "/",
        }
        """
    )

    def number(key: str) -> str:
        return known[key].split("/")[2].split("-")[0]

    return [
        Shown("/"),
        Shown("/hubs/"),
        Shown("/about/"),
        Shown("/contact/"),
        Shown("/privacy/"),
        Shown("/accessibility/", FACILITATOR),
        Shown("/about/edit/", FACILITATOR),
        Shown("/mail/failed/", FACILITATOR),
        Shown("/mail/failed/", MEMBER, status=403),
        Shown("/sign-in/"),
        Shown("/sign-up/"),
        Shown("/sign-up/sent/"),
        Shown("/sign-up/confirm/none/"),
        Shown("/password/forgotten/"),
        Shown("/password/forgotten/sent/"),
        Shown("/password/new/none-none/none/"),
        Shown("/password/new/done/"),
        Shown("/sign-in/inactive/"),
        Shown(known["public"]),
        Shown(known["withdraw"]),
        Shown(known["unsubscribe"]),
        Shown("/not-there/", status=404),
        Shown("/", MEMBER),
        Shown("/", NEWCOMER),
        Shown("/", REPRESENTATIVE),
        Shown("/", FACILITATOR),
        Shown("/hubs/", MEMBER),
        Shown("/hubs/?mine=1", NEWCOMER),
        Shown("/hubs/kern-oost/", MEMBER),
        Shown("/hubs/kern-zuid/", MEMBER),
        Shown("/hubs/kern-oost/", REPRESENTATIVE),
        Shown("/hubs/kern-oost/members/", MEMBER),
        Shown("/hubs/kern-oost/edit/", REPRESENTATIVE),
        Shown("/hubs/kern-oost/representatives/", REPRESENTATIVE),
        Shown("/hubs/kern-oost/representatives/end/?member=anna-van-den-berg", REPRESENTATIVE),
        Shown("/hubs/kern-oost/ask/", MEMBER),
        Shown("/hubs/kern-assetmanagement/", NEWCOMER),  # asked, and waits
        Shown("/hubs/kern-assetmanagement/", MEMBER),  # declined, with another hub named
        Shown("/hubs/kern-inspectie-toezicht/", MEMBER),  # by invitation
        Shown(known["asked"], REPRESENTATIVE),
        Shown("/hubs/kern-noord/", FACILITATOR),
        Shown("/members/", MEMBER),
        Shown("/members/?q=geo", MEMBER),
        Shown("/members/?q=zzzzqqq", MEMBER),
        Shown("/members/anna-van-den-berg/", MEMBER),
        Shown("/members/bram-smit/", MEMBER),
        Shown("/facilitators/", MEMBER),
        Shown("/me/profile/", MEMBER),
        Shown("/me/password/", MEMBER),
        Shown("/me/feeds/", MEMBER),
        Shown("/notifications/", MEMBER),
        Shown("/me/notifications/", MEMBER),
        Shown("/me/follows/", MEMBER),
        Shown("/digest/monthly/", REPRESENTATIVE),
        Shown(f"/subjects/{known['talked-about']}/follow/", MEMBER),
        Shown("/bottlenecks/", MEMBER),
        Shown("/bottlenecks/?q=zzzzqqq", MEMBER),
        Shown("/bottlenecks/?show=mine", MEMBER),
        Shown("/bottlenecks/new/", MEMBER),
        Shown(known["generic"], MEMBER),
        Shown(known["generic"], REPRESENTATIVE),
        Shown(f"{known['merged-into']}?from={known['merged']}", MEMBER),
        Shown(f"/bottlenecks/{known['merged']}/merged/", MEMBER),
        Shown(f"/merges/{known['merge']}/", MEMBER),
        Shown(f"/merges/{known['merge']}/", FACILITATOR),
        Shown(f"/merges/{known['done']}/", FACILITATOR),
        Shown(f"/bottlenecks/{number('generic')}/merge/", FACILITATOR),
        Shown(known["anonymous"], FACILITATOR),
        Shown("/reply/"),
        Shown(f"/bottlenecks/{number('generic')}/changes/", MEMBER),
        Shown(f"/bottlenecks/{number('generic')}/support/", MEMBER),
        Shown(f"/bottlenecks/{number('generic')}/alike/", MEMBER),
        Shown(f"/bottlenecks/{number('changeable')}/change/", FACILITATOR),
        Shown("/bottlenecks/told/", MEMBER),
        Shown("/bottlenecks/waiting/", MEMBER),
        Shown("/bottlenecks/waiting/", FACILITATOR),
        Shown(f"/bottlenecks/{number('waiting')}/why-not/", FACILITATOR),
        Shown(f"/bottlenecks/{number('waiting')}/propose/", FACILITATOR),
        Shown(f"/bottlenecks/{number('waiting')}/adopt/", REPRESENTATIVE),
        Shown(f"/bottlenecks/{number('waiting')}/end/", FACILITATOR),
        Shown(f"/bottlenecks/{number('declined')}/reopen/", FACILITATOR),
        *(Shown(known[name], MEMBER) for name in ("asked-hubs", "solved", "confirmed", "declined")),
        Shown(known["waiting"], FACILITATOR),
        Shown(known["waiting"], REPRESENTATIVE),
        Shown(f"/adoptions/{known['adoption']}/stop/", FACILITATOR),
        Shown(f"/adoptions/{known['adoption']}/deliver/", FACILITATOR),
        Shown(f"/bottlenecks/noticed/{known['notice']}/?answer=yes"),
        Shown(f"/comments/{known['said']}/edit/", MEMBER),
        Shown(f"/comments/{known['heard']}/history/", MEMBER),
        Shown(f"/subjects/{known['talked-about']}/comments/new/?to={known['heard']}", MEMBER),
        Shown(f"/comments/{known['heard']}/report/", MEMBER),
        Shown(f"/subjects/{known['not-own']}/report/", MEMBER),
        Shown(f"/comments/{known['said']}/hide/", FACILITATOR),
        Shown(f"/subjects/{known['talked-about']}/hide/", FACILITATOR),
        Shown(known["talk"], FACILITATOR),
        Shown(f"/moderation/{known['hidden']}/", MEMBER),
        Shown(f"/moderation/{known['hidden']}/", FACILITATOR),
        Shown(f"/moderation/{known['reported']}/", FACILITATOR),
        Shown("/moderation/", FACILITATOR),
        Shown(known["new"], MEMBER),
        Shown(known["filed"], MEMBER),
        Shown(known["filed-at"], MEMBER),
        Shown(known["file-at"], MEMBER),
        Shown(known["bulk-at"], FACILITATOR),
        Shown("/bottlenecks/bulk/", FACILITATOR),
        Shown("/bottlenecks/bulk/", MEMBER, status=403),
        Shown("/consent/", FACILITATOR),
        Shown(f"/consent/{known['asked-of-all']}/", MEMBER),
        Shown(f"/consent/{known['asked-of-all']}/?same={known['condition']}", MEMBER),
        Shown(f"/consent/{known['asked-of-all']}/", REPRESENTATIVE),
        Shown(f"/consent/{known['asked-of-all']}/versions/", MEMBER),
        Shown(f"/consent/{known['asked-of-all']}/edit/", REPRESENTATIVE),
        Shown(f"/consent/{known['asked-of-all']}/close/", REPRESENTATIVE),
        Shown(f"/consent/{known['asked-of-all']}/conditions/{known['condition']}/", REPRESENTATIVE),
        Shown(f"/consent/{known['agreed']}/", MEMBER),
        Shown(f"/subjects/{known['community']}/consent/new/", FACILITATOR),
        Shown("/themes/", MEMBER),
        Shown("/themes/", FACILITATOR),
        Shown("/themes/outline/", MEMBER),
        Shown("/themes/versions/", MEMBER),
        Shown("/themes/versions/2/", MEMBER),
        Shown("/themes/versions/1/outline/", MEMBER),
        Shown("/themes/draft/", FACILITATOR),
        Shown("/themes/draft/add/", FACILITATOR),
        Shown(f"/themes/draft/{known['theme']}/", FACILITATOR),
        Shown(f"/themes/draft/{known['theme']}/remove/", FACILITATOR),
        Shown("/themes/draft/propose/", FACILITATOR),
        Shown("/themes/draft/drop/", FACILITATOR),
        Shown("/sessions/", MEMBER),
        Shown("/sessions/past/", MEMBER),
        Shown("/sessions/mine/", MEMBER),
        Shown("/sessions/calendar/", MEMBER),
        Shown("/sessions/new/", FACILITATOR),
        Shown(known["geo"], REPRESENTATIVE),
        Shown(known["geo"], FACILITATOR),
        Shown(known["full"], MEMBER),
        Shown(known["cancelled"], MEMBER),
        Shown(known["past"], MEMBER),
        Shown(f"/sessions/{number('geo')}/people/", FACILITATOR),
        Shown(f"/sessions/{number('geo')}/people/", MEMBER),
        Shown(f"/sessions/{number('geo')}/edit/", FACILITATOR),
        Shown(f"/sessions/{number('geo')}/cancel/", FACILITATOR),
        Shown("/sessions/new/", MEMBER, status=403),
        Shown("/new-hub/", FACILITATOR),
        Shown("/dev/mail/", MEMBER),
        Shown("/dev/mail/templates/", MEMBER),
        Shown("/dev/mail/templates/session_placed/nl/?show=text", MEMBER),
    ]
