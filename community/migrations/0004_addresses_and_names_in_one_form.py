"""Put addresses that are there into their one form, and names into NFC. Spec 01, Accounts.

A domain becomes its A-labels by IDNA 2008, as ``ui.addresses`` does for every address from now on.
"""

import unicodedata

import idna
from django.db import migrations
from django.db.models import Q
from django.db.models.functions import Lower

COMPOSED = """
UPDATE {table} AS one SET {column} = normalize({column}, NFC)
WHERE {column} IS NOT NFC NORMALIZED AND NOT EXISTS (
    SELECT FROM {table} AS other WHERE other.id <> one.id AND {unique} AND lower(other.{column}) = lower(normalize(one.{column}, NFC))
)
"""
NAMES = [
    ("community_user", "name", "FALSE"),
    ("community_hub", "name", "TRUE"),
    ("community_unit", "name", "TRUE"),
    ("community_topic", "label_nl", "TRUE"),
    ("community_topic", "label_en", "TRUE"),
]


def normal(address):
    """Return the one form of ``address``. One that IDNA 2008 does not know keeps the domain it was mailed at so far."""
    local, _at, domain = address.strip().rpartition("@")
    try:
        domain = idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            domain = domain.encode("ascii", "backslashreplace").decode("ascii").lower()
    return f"{unicodedata.normalize('NFC', local).lower()}@{domain}"


def in_another_form(rows, column):
    """Those of ``rows`` whose ``column`` may not be in its one form."""
    odd = Q(**{f"{column}__regex": "[^!-~]"}) | Q(**{f"{column}__contains": "xn--"}) | ~Q(**{column: Lower(column)})
    return rows.filter(odd).exclude(**{column: ""}).order_by("pk")


def put_into_one_form(apps, schema_editor):
    """Members first: two of them with one mailbox are for people to judge, so then nothing is changed."""
    User = apps.get_model("community", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    Email = apps.get_model("activity", "Email")
    for member in in_another_form(User.objects.all(), "email"):
        address = normal(member.email)
        other = User.objects.filter(email=address).exclude(pk=member.pk).first()
        if other is not None:
            raise ValueError(
                f"Members {member.pk} and {other.pk} have one mailbox, {address}. Erase one of them with the version "
                "before this one (community.accounts.actions.erase_member), then migrate again."
            )
        User.objects.filter(pk=member.pk).update(email=address)
    for row in in_another_form(EmailAddress.objects.all(), "email"):
        address = normal(row.email)
        others = EmailAddress.objects.filter(email=address).exclude(pk=row.pk)
        if others.filter(Q(user=row.user_id) | Q(verified=True)).exists():
            row.delete()
        else:
            EmailAddress.objects.filter(pk=row.pk).update(email=address)
    for mail in in_another_form(Email.objects.all(), "address").iterator():
        Email.objects.filter(pk=mail.pk).update(address=normal(mail.address))


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0003_order_of_names"),
        ("activity", "0006_known_actor_kinds"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("ui", "0003_order_of_names_without_joiners"),
    ]
    operations = [
        migrations.RunPython(put_into_one_form, migrations.RunPython.noop),
        *(
            migrations.RunSQL(COMPOSED.format(table=table, column=column, unique=unique), migrations.RunSQL.noop)
            for table, column, unique in NAMES
        ),
    ]
