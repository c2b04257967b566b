import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

HOLDERS = [
    ("member", "a member"),
    ("official", "an official"),
    ("invitee", "somebody who is invited"),
    ("outsider", "somebody from outside"),
]


class Migration(migrations.Migration):
    """Links that act are for people without an account too, and what they do is said by the apps."""

    dependencies = [("activity", "0019_links_of_subjects"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RemoveConstraint(model_name="actinglink", name="link_has_a_known_purpose"),
        migrations.AlterField(model_name="actinglink", name="purpose", field=models.CharField(max_length=20)),
        migrations.AddField(
            model_name="actinglink",
            name="holder_kind",
            field=models.CharField(choices=HOLDERS, db_default="member", default="member", max_length=20),
        ),
        migrations.AddField(
            model_name="actinglink",
            name="holder_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="actinglink",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="acting_links",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AddConstraintNotValid(
            model_name="actinglink",
            constraint=models.CheckConstraint(
                condition=models.Q(("holder_kind__in", [kind for kind, _label in HOLDERS])),
                name="link_has_a_known_holder",
            ),
        ),
        AddConstraintNotValid(
            model_name="actinglink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("holder_key", ""), ("holder_kind", "member"), ("member__isnull", False)),
                    models.Q(
                        ("holder_key__gt", ""),
                        ("member", None),
                        models.Q(("holder_kind", "member"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_member_or_somebody_else_holds_a_link",
            ),
        ),
    ]
