"""What people wrote says which language it is in, wherever the page speaks another one."""

import pytest
from django.utils.translation import override

from events.selectors import cautions
from tests.factories import SessionFactory, UserFactory
from ui.languages import fill, in_language


def test_text_is_marked_where_the_page_speaks_another_language():
    with override("en"):
        assert in_language("Meer <zon>", "nl") == '<span lang="nl">Meer &lt;zon&gt;</span>'
        assert in_language("More <sun>", "en") == "More &lt;sun&gt;"
        assert in_language("More <sun>", "") == "More &lt;sun&gt;"
    with override("nl"):
        assert in_language("Meer zon", "nl") == "Meer zon"


def test_a_filled_sentence_keeps_marks_and_escapes_the_rest():
    with override("en"):
        title = in_language("Wat & hoe", "nl")
    assert fill("%(count)d < %(title)s: %(raw)s", count=2, title=title, raw="<b>") == (
        '2 &lt; <span lang="nl">Wat &amp; hoe</span>: &lt;b&gt;'
    )


@pytest.mark.django_db
def test_a_message_marks_the_titles_it_names():
    session = SessionFactory(title="Onze dag", language="nl")
    SessionFactory(title="Een <andere> dag", language="nl", starts_at=session.starts_at, ends_at=session.ends_at)
    with override("en"):
        (sentence,) = [it.text for it in cautions(session, UserFactory()) if "same day" in it.text]
    assert '“<span lang="nl">Een &lt;andere&gt; dag</span>”' in sentence
