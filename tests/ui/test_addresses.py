"""E-mail addresses in one form. Spec 01, Accounts."""

import pytest
from django.core.exceptions import ValidationError

from ui.addresses import normal_address, shown_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jan@Voorbeeld.Example", "jan@voorbeeld.example"),
        (" jan@voorbeeld.example ", "jan@voorbeeld.example"),
        ("jan@straße.example", "jan@xn--strae-oqa.example"),
        ("jan@STRAẞE.example", "jan@xn--strae-oqa.example"),
        ("jan@strasse.example", "jan@strasse.example"),
        ("jan@müller.example", "jan@xn--mller-kva.example"),
        ("jan@mu\u0308ller.example", "jan@xn--mller-kva.example"),
        ("jan@ＭÜLLER。example", "jan@xn--mller-kva.example"),
        ("jan@XN--MLLER-KVA.example", "jan@xn--mller-kva.example"),
        ("jan@localhost", "jan@localhost"),
    ],
)
def test_an_address_has_one_form_however_it_is_typed(typed: str, kept: str):
    assert normal_address(typed) == kept
    assert normal_address(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "jan", "jan@", "@a.example", "jan@a..b", "jan@@a.example", "ján@a.example", "jan@a b.example", "a\0@b.nl"],
)
def test_what_is_no_address_is_refused(typed: str):
    with pytest.raises(ValidationError):
        normal_address(typed)


@pytest.mark.parametrize("domain", ["☃.example", "-a.example", "a_b.example", "xn--mller-.example", f"{'x' * 64}.nl"])
def test_a_domain_that_cannot_exist_is_refused_in_words(domain: str):
    with pytest.raises(ValidationError, match="cannot be the name of a domain"):
        normal_address(f"jan@{domain}")


def test_no_address_is_longer_than_mail_servers_take():
    assert normal_address(f"{'j' * 60}@voorbeeld.example")
    with pytest.raises(ValidationError):
        normal_address(f"jan@{'.'.join(['ü' * 40] * 6)}.example")


@pytest.mark.parametrize("address", ["jan@müller.example", "jan@straße.example", "jan@voorbeeld.example"])
def test_people_are_shown_what_they_write(address: str):
    assert shown_address(normal_address(address)) == address


def test_what_cannot_be_shown_otherwise_is_shown_as_it_is():
    assert shown_address("jan@xn--n3h.example") == "jan@xn--n3h.example"
