"""Before an announcement its sender sees how many people get it by which channel. Spec 06, Notifications."""

from __future__ import annotations

import pytest
from django.test import Client

from activity.following.actions import choose_level
from activity.following.models import FollowLevel
from activity.models import Audience, Subject
from activity.notices.actions import save_choices
from activity.notices.fanout import tell_due
from activity.notices.kinds import Channel
from activity.notices.models import Notification
from community.hubs.actions import join_hub
from events.actions import publish_session
from events.models import Session, SessionState
from events.selectors import reach_of_publishing
from tests.factories import HubFactory, SessionFactory, UserFactory, facilitator
from tests.trees import parse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("audience", [Audience.MEMBERS, Audience.HUBS])
def test_a_draft_says_whom_publishing_tells_and_that_is_who_is_told(audience: str) -> None:
    hub, judge = HubFactory(), facilitator(language="en")
    usual, mailed, silent, digest, outside = UserFactory.create_batch(5)
    for member in (usual, mailed, silent, digest, judge):
        join_hub(hub=hub, by=member)
    choose_level(subject=hub.subject, by=outside, level=FollowLevel.EVERYTHING)  # and belongs to no hub
    choose_level(subject=hub.subject, by=silent, level=FollowLevel.SILENT)
    save_choices(by=mailed, hearing={}, channels={"new_sessions": {Channel.MAIL, Channel.PORTAL}})
    save_choices(by=digest, hearing={}, channels={"new_sessions": {Channel.DIGEST}})
    session: Session = SessionFactory(hub=hub, state=SessionState.DRAFT)
    Subject.objects.filter(pk=session.subject_id).update(audience=audience)
    session = Session.objects.select_related("subject").get(pk=session.pk)
    reach = reach_of_publishing(session, judge)
    client = Client()
    client.force_login(judge)
    page = " ".join(parse(client.get(session.get_absolute_url()).text).text().split())
    everything = int(audience == Audience.MEMBERS)  # whoever follows all of it, in the portal and by mail
    assert (
        f"Publishing tells {3 + everything} members: {2 + everything} in the portal, {1 + everything} by mail, "
        f"2 in the digest." in page
    )
    assert Subject.objects.get(pk=session.subject_id).announced_at is None
    publish_session(session=session, by=judge)
    tell_due()
    told = Notification.objects.filter(subject=session.subject, entry__verb="session_published")
    assert (reach.people, reach.portal, reach.mail, reach.digest) == (
        told.count(),
        told.filter(in_portal=True).count(),
        told.filter(by_mail=True).count(),
        told.filter(in_digest=True).count(),
    )
    assert reach.people == 3 + everything


def test_who_publishes_where_nobody_follows_reads_that() -> None:
    client, judge = Client(), facilitator(language="en")
    session = SessionFactory(state=SessionState.DRAFT)
    client.force_login(judge)
    assert "Nobody follows what this belongs to." in client.get(session.get_absolute_url()).text
