"""Mail that failed for good: what facilitators see of it, and sending it again. Spec 06, Outbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity import outbox
from activity.actions import create_subject, queue_emails, send_again
from activity.mailkinds import mail_kinds
from activity.models import Activity, Email, EmailState, Reader, Subject
from activity.timelines import timeline
from activity.verbs import MAIL_SENT_AGAIN
from community.accounts.actions import erase_member
from community.accounts.emails import account_email
from community.models import User
from events.models import Session
from tests.activity.conftest import BY_DAY, Kinds, queued
from tests.activity.sink import Sink
from tests.factories import UserFactory, facilitator
from tests.plans import plan_of
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

PAGE = "/mail/failed/"


@pytest.fixture
def nora(client: Client) -> User:
    """A facilitator, who is signed in."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    nora = facilitator(name="Nora Kok", language="en")
    client.force_login(nora)
    return nora


@pytest.fixture
def refuse(sink: Sink, kinds: Kinds, by_day) -> Callable[..., Email]:
    """Have a mail refused by the server, or what else is wrong with it."""

    def refuse(key: str = "a", answer: str = "550 no such user", **fields: object) -> Email:
        mail = queued(key, **{"member": UserFactory(), **fields})
        queue_emails([mail])
        row = Email.objects.get(dedupe_key=key)
        sink.answers[row.address] = answer
        outbox.send_due()
        sink.answers.clear()
        row.refresh_from_db()
        assert row.state == EmailState.FAILED
        return row

    return refuse


def _again(mail: Email, **headers: str) -> str:
    return reverse("activity:failed_mail_send_again", args=[mail.pk])


class TestSendAgain:
    """The act."""

    def test_it_is_tried_as_if_it_were_new_and_facilitators_read_who_did_it(self, refuse, sink: Sink, nora) -> None:
        mail = refuse()
        assert mail.first_tried_at == BY_DAY
        assert send_again(mail=mail, by=nora)
        mail.refresh_from_db()
        assert (mail.state, mail.attempts, mail.first_tried_at, mail.last_error) == (EmailState.WAITING, 0, None, "")
        entry = Activity.objects.get(verb=MAIL_SENT_AGAIN.key)
        assert (entry.actor, entry.readers, entry.data) == (nora, Reader.FACILITATORS, {"v": 1, "mail": mail.pk})
        assert entry.subject == Subject.objects.community()
        outbox.send_due()
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (EmailState.SENT, 1)
        assert sink.message_ids == [mail.message_id]

    def test_what_it_is_about_tells_facilitators_only(self, refuse, nora) -> None:
        subject = create_subject(Session.SUBJECT_KIND, title="T", language="en", at=timezone.now() - timedelta(hours=1))
        send_again(mail=refuse(subject=subject), by=nora)
        assert [str(line.sentence) for line in timeline(subject, nora)] == [
            "<strong>Nora Kok</strong> had a mail sent again"
        ]
        assert timeline(subject, UserFactory()) == []

    def test_a_repeat_changes_nothing_whatever_became_of_it(self, refuse, sink: Sink, nora) -> None:
        mail = refuse()
        send_again(mail=mail, by=nora)
        for state in (EmailState.WAITING, EmailState.SENT, EmailState.CANCELLED):
            Email.objects.update(state=state)
            assert not send_again(mail=mail, by=nora)
            assert Email.objects.get().state == state
        assert Activity.objects.filter(verb=MAIL_SENT_AGAIN.key).count() == 1

    def test_it_goes_to_the_address_of_today_in_the_language_of_today(self, refuse, sink: Sink, nora) -> None:
        mail = refuse()
        User.objects.filter(pk=mail.member_id).update(email="new@doorbraak.example", language="nl")
        send_again(mail=mail, by=nora)
        outbox.send_due()
        assert sink.receivers == ["new@doorbraak.example"]
        assert "Content-Language: nl" in sink.raw[0].decode()

    def test_it_is_judged_again_at_sending(self, refuse, kinds: Kinds, sink: Sink, nora) -> None:
        mail = refuse()
        send_again(mail=mail, by=nora)
        kinds.content = lambda _mail: None
        outbox.send_due()
        assert Email.objects.get().state == EmailState.CANCELLED
        assert not sink.raw

    def test_at_night_it_waits_for_the_morning_of_its_receiver(self, refuse, by_day, sink: Sink, nora) -> None:
        mail = refuse()
        by_day.move_to(BY_DAY.replace(hour=20))
        send_again(mail=mail, by=nora)
        outbox.send_due()
        mail.refresh_from_db()
        assert (mail.state, mail.not_before) == (EmailState.WAITING, BY_DAY.replace(hour=6) + timedelta(days=1))

    def test_it_has_48_hours_again(self, refuse, by_day, sink: Sink, nora) -> None:
        mail = refuse()
        by_day.shift(timedelta(days=3))
        send_again(mail=mail, by=nora)
        sink.answers[mail.address] = "450 come back later"
        outbox.send_due()
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (EmailState.WAITING, 1)

    def test_what_was_emptied_cannot_be_sent(self, refuse, nora) -> None:
        mail = refuse()
        outbox.empty_old_addresses(now=timezone.now() + timedelta(days=91))
        with pytest.raises(RuleBroken, match="have been removed"):
            send_again(mail=mail, by=nora)
        assert Email.objects.get().state == EmailState.FAILED

    def test_a_mail_to_a_member_who_was_erased_cannot_be_sent(self, refuse, nora) -> None:
        mail = refuse()
        erase_member(member=User.objects.get(pk=mail.member_id))
        with pytest.raises(RuleBroken, match="have been removed"):
            send_again(mail=mail, by=nora)

    def test_a_mail_whose_secret_is_gone_cannot_be_sent(self, sink: Sink, by_day, nora) -> None:
        member = UserFactory()
        queue_emails([account_email("account/email/password_reset_key", member.email, {"password_reset_url": "x"})])
        sink.answers[member.email] = "550 no such user"
        outbox.send_due()
        mail = Email.objects.get()
        assert (mail.state, mail.secret) == (EmailState.FAILED, None)
        with pytest.raises(RuleBroken, match="It held a link for its reader alone"):
            send_again(mail=mail, by=nora)

    def test_a_kind_that_is_gone_cannot_be_sent(self, refuse, nora) -> None:
        mail = refuse()
        Email.objects.update(kind="gone")
        with pytest.raises(RuleBroken, match="no longer sent"):
            send_again(mail=mail, by=nora)

    def test_what_shows_a_secret_says_so(self) -> None:
        """A kind that is of class account and has no secret could be sent again; today each of them has one."""
        assert {kind.key for kind in mail_kinds if kind.has_secret} == {
            kind.key for kind in mail_kinds if kind.mail_class.value == "account"
        }

    @pytest.mark.django_db(transaction=True)
    def test_two_facilitators_at_once_send_it_once(self, kinds: Kinds, by_day) -> None:
        for number in range(5):
            queue_emails([queued(f"{number}", member=UserFactory())])
            Email.objects.update(state=EmailState.FAILED)
            mail = Email.objects.get(dedupe_key=f"{number}")
            both = [partial(send_again, mail=mail, by=facilitator()) for _each in range(2)]
            assert {True, False} == {*run_together(*both)}
            assert Activity.objects.filter(verb=MAIL_SENT_AGAIN.key, data__mail=mail.pk).count() == 1

    def test_an_address_is_kept_90_days_from_the_last_try(self, refuse, by_day, sink: Sink, nora) -> None:
        """Not from when it was made: what was sent again and failed again can be helped for as long."""
        mail = refuse()
        by_day.shift(timedelta(days=84))
        send_again(mail=mail, by=nora)
        sink.answers[mail.address] = "550 no such user"
        outbox.send_due()
        assert outbox.empty_old_addresses(now=timezone.now() + timedelta(days=89)) == 0
        assert outbox.empty_old_addresses(now=timezone.now() + timedelta(days=91)) == 1


class TestPage:
    """What facilitators see."""

    def test_it_says_what_when_to_whom_how_often_and_why(self, client: Client, refuse, nora) -> None:
        mail = refuse(member=UserFactory(name="Jan de Boer"))
        page = " ".join(client.get(PAGE).text.split())
        assert "Kind asked_for" in page
        assert f'<a href="{mail.member.get_absolute_url()}">Jan de Boer</a>' in page
        assert "25 November 2026" in page
        assert "tried once" in page
        assert "550 no such user" in page
        assert f'action="{_again(mail)}"' in page

    def test_of_who_is_no_member_only_the_domain_is_told(self, client: Client, refuse, nora) -> None:
        refuse(
            member=None, address="jan.jansen@ministerie.example", answer="550 jan.jansen is unknown, see <x@y.example>"
        )
        page = client.get(PAGE).text
        assert "To an address at ministerie.example" in " ".join(page.split())
        assert "550 … is unknown, see &lt;…@y.example&gt;" in page
        assert "jan.jansen" not in page

    def test_the_address_of_a_member_is_not_told_either(self, client: Client, refuse, nora) -> None:
        mail = refuse(answer="550 nobody", member=UserFactory(email="secret.lady@doorbraak.example"))
        Email.objects.update(last_error=f"550 <{mail.address}> Secret.Lady: unknown")
        page = client.get(PAGE).text
        assert "550 &lt;…@doorbraak.example&gt; …: unknown" in page
        assert "secret.lady" not in page.lower()

    def test_what_no_server_was_asked_is_said_in_words(self, client: Client, refuse, nora) -> None:
        refuse()
        for error, words in {
            "cannot be rendered: KeyError": "The portal could not write this mail.",
            "not a usable address or header: a@b": "No mail can be sent to this address.",
        }.items():
            Email.objects.update(last_error=error)
            assert words in client.get(PAGE).text
            assert "KeyError" not in client.get(PAGE).text

    def test_where_it_cannot_be_sent_again_it_says_so_and_has_no_button(self, client: Client, refuse, nora) -> None:
        mail = refuse()
        Email.objects.update(address="", context={}, last_error="", member=None)
        page = client.get(PAGE).text
        assert "To an address that has been removed" in page
        assert "Its address and what it said have been removed" in page
        assert _again(mail) not in page

    def test_the_last_that_failed_comes_first_page_by_page_at_the_same_cost(
        self, client: Client, kinds: Kinds, by_day, nora, django_assert_num_queries
    ) -> None:
        member = UserFactory()
        for count in (10, 1_000):
            queue_emails(queued(f"{count}:{n}", member=member) for n in range(count))
            Email.objects.update(state=EmailState.FAILED)
            with django_assert_num_queries(2):  # member, mails
                client.get(PAGE)
        old = Email.objects.first()
        assert old is not None
        Email.objects.exclude(pk=old.pk).update(first_tried_at=BY_DAY + timedelta(hours=1))
        pages: list[str] = []
        after: str | None = ""
        while after is not None:
            page = client.get(PAGE, {"after": after}).text
            pages += re.findall(r'id="failed-mail-(\d+)"', page)
            found = re.search(r'\?after=([\w-]+)" rel="next"', page)
            after = found[1] if found else None
        assert len(pages) == len(set(pages)) == 1_010
        assert pages[-1] == str(old.pk)

    def test_they_are_found_by_an_index(self, kinds: Kinds, by_day) -> None:
        queue_emails(queued(f"{n}", member=UserFactory()) for n in range(3))
        assert "email_failed" in plan_of(Email.objects.failed()[:51])

    def test_the_button_leads_back_to_its_page(self, client: Client, refuse, nora) -> None:
        mail = refuse()
        answer = client.post(_again(mail), {"next": f"{PAGE}?after=x"})
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?after=x")
        assert "The mail goes out again." in client.get(PAGE).text
        answer = client.post(_again(mail), follow=True)
        assert "This mail is on its way already." in answer.text
        Email.objects.update(state=EmailState.FAILED, address="")
        answer = client.post(_again(mail), follow=True)
        assert "have been removed" in answer.text

    def test_under_htmx_its_row_says_that_it_goes_out(self, client: Client, refuse, nora) -> None:
        mail = refuse()
        answer = client.post(_again(mail), headers={"hx-request": "true"})
        assert answer.status_code == 200
        assert answer.text.startswith(f'<li class="todo" id="failed-mail-{mail.pk}">')
        assert "It goes out again." in answer.text
        assert "The mail goes out again." in answer.text
        assert "<button" not in answer.text.partition("</li>")[0]
        assert "HX-Request" in answer["Vary"]

    def test_who_does_not_facilitate_reads_why_not(self, client: Client, refuse) -> None:
        mail = refuse()
        client.force_login(UserFactory(language="en"))
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        page = client.get(PAGE)
        assert page.status_code == 403
        assert "Only facilitators see which mails failed." in page.text
        for path in (_again(mail), reverse("activity:failed_mail_send_again", args=[0])):
            assert client.post(path).status_code == 403
        assert Email.objects.get().state == EmailState.FAILED
        assert PAGE not in client.get("/").text

    def test_an_empty_page_says_so(self, client: Client, nora) -> None:
        assert "No mail has failed." in client.get(PAGE).text


class TestHome:
    """A number, for facilitators only."""

    def test_it_counts_what_failed_in_the_last_30_days(self, client: Client, refuse, by_day, nora) -> None:
        assert "mail-heading" not in client.get("/").text
        refuse("a")
        by_day.shift(timedelta(days=20))
        refuse("b")
        assert "2 mails did not arrive in the last 30 days." in client.get("/").text
        by_day.shift(timedelta(days=11))
        client.force_login(nora)
        assert "1 mail did not arrive in the last 30 days." in client.get("/").text
        by_day.shift(timedelta(days=20))
        client.force_login(nora)
        page = client.get("/").text
        assert "mail-heading" not in page
        assert f'href="{PAGE}"' in page  # in the menu

    def test_it_gives_up_counting(self, client: Client, kinds: Kinds, by_day, nora) -> None:
        queue_emails(queued(f"{n}", member=nora) for n in range(100))
        Email.objects.update(state=EmailState.FAILED)
        assert "more than 99 mails did not arrive" in client.get("/").text

    def test_other_members_pay_nothing_for_it(self, client: Client, refuse) -> None:
        refuse()
        member = UserFactory()
        client.force_login(member)
        assert "mail-heading" not in client.get("/").text
