"""Extraction and checking of translations (scripts.messages), and compiling them (portal.translations)."""

import gettext

import polib
import pytest
from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import override

from portal.translations import compile_catalogues
from scripts.messages import extract, main, problems, refused_words, update, words_not_ours

CODE = """
from django.utils.translation import gettext as _, ngettext, npgettext_lazy, pgettext
_("Hub")
ngettext("%(n)s vote", "%(n)s votes", 2)
pgettext("verb", "Vote")
npgettext_lazy("people", "one", "many", "n")
_(variable)
"""
TEMPLATE = """
<h1>{% translate "Hubs" %}</h1>
  <p title="{% translate "Vote" context "noun" %}">{{ _("Members") }} {{ x|default:_("none") }}</p>
  {% blocktranslate trimmed count n=members with hub=hub.name %}
    {{ n }} member
    of {{ hub }}{% plural %}{{ n }} members of {{ hub }}
  {% endblocktranslate %}
{% if x < 3 %} it's "loose' text {% endif %}
"""


@pytest.fixture
def source(tmp_path):
    (tmp_path / "ui" / "templates" / "ui").mkdir(parents=True)
    (tmp_path / "ui" / "code.py").write_text(CODE)
    (tmp_path / "ui" / "templates" / "ui" / "page.html").write_text(TEMPLATE)
    return tmp_path


def entry(catalogue: polib.POFile, message: str) -> polib.POEntry:
    found = catalogue.find(message)
    assert found is not None
    return found


def test_every_marked_string_of_code_and_templates_is_found(source):
    assert {(each.msgctxt, each.msgid, each.msgid_plural) for each in extract(source)} == {
        (None, "Hub", ""),
        (None, "%(n)s vote", "%(n)s votes"),
        ("verb", "Vote", ""),
        ("people", "one", "many"),
        (None, "Hubs", ""),
        ("noun", "Vote", ""),
        (None, "Members", ""),
        (None, "none", ""),
        (None, "%(n)s member of %(hub)s", "%(n)s members of %(hub)s"),
    }


def test_an_update_keeps_translations_adds_new_strings_empty_and_drops_old_ones(source):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Hub", msgstr="Kern"))
    catalogue.append(polib.POEntry(msgid="Gone", msgstr="Weg"))
    update(catalogue, extract(source))
    assert entry(catalogue, "Hub").msgstr == "Kern"
    assert catalogue.find("Gone") is None
    assert entry(catalogue, "Hubs").msgstr == ""


def test_what_is_missing_fuzzy_stale_or_lost_is_reported(source):
    fresh = extract(source)
    catalogue = extract(source)
    for each in catalogue:
        if each.msgid_plural:
            each.msgstr_plural = {0: each.msgid, 1: each.msgid_plural}
        else:
            each.msgstr = each.msgid
    assert problems(catalogue, fresh) == []
    entry(catalogue, "Hub").flags.append("fuzzy")
    entry(catalogue, "Hubs").msgstr = ""
    entry(catalogue, "%(n)s vote").msgstr_plural[1] = "%(aantal)s stemmen"
    catalogue.append(polib.POEntry(msgid="Gone", msgstr="Weg"))
    assert [problem.split(":")[0] for problem in problems(catalogue, fresh)] == [
        "fuzzy",
        "unknown placeholder",
        "missing",
        "no longer used",
    ]


def test_a_catalogue_is_compiled_once_and_read_by_gettext(tmp_path):
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
    catalogue.append(polib.POEntry(msgid="one", msgid_plural="many", msgstr_plural={0: "één", 1: "veel"}))
    catalogue.save(str(folder / "django.po"))
    assert compile_catalogues(tmp_path) == [folder / "django.mo"]
    assert compile_catalogues(tmp_path) == []
    dutch = gettext.translation("django", tmp_path, ["nl"])
    assert [dutch.ngettext("one", "many", n) for n in (1, 2)] == ["één", "veel"]


def test_the_dutch_catalogue_is_complete(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["messages", "--check"])
    assert main() == 0, capsys.readouterr().out


WORDS = """
| thing | refused |
| refused | write | but fine where |
|---|---|---|
| `[“”]` | ‘ ’ | |
| `\\bsave\\w*\\|keep` | store | `goalkeeper`: sport |
"""


@pytest.mark.parametrize(
    ("dutch", "refused"),
    [
        ("Kern", False),
        ("“Kern”", True),
        ("Saved", True),
        ("keep it", True),
        ("a goalkeeper", False),
        ("%(save)s", False),
    ],
)
def test_a_word_that_is_not_ours_is_refused_and_said_what_to_write(dutch, refused):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Hub", msgstr=dutch, occurrences=[("ui/code.py", "")]))
    catalogue.append(polib.POEntry(msgid="a", msgid_plural="b", msgstr_plural={0: "een", 1: dutch}))
    found = words_not_ours(catalogue, refused_words(WORDS))
    assert len(found) == (2 if refused else 0)
    if refused:
        assert found[0].startswith("not our word: ui/code.py: ")
        assert "(write: " in found[0]


def test_a_table_that_is_gone_is_told():
    with pytest.raises(ValueError, match=r"docs/words\.md"):
        refused_words("# Nothing")


def test_sentences_of_libraries_are_said_in_our_words():
    with override("nl"):
        assert forms.CharField().error_messages["required"] == "Vul dit in."
        assert get_adapter().error_messages["email_password_mismatch"] == (
            "Dit e-mailadres en wachtwoord horen niet bij elkaar."
        )
