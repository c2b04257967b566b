import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """What ties subjects together, for any page to read in one query."""

    dependencies = [("activity", "0018_kinds_are_registered")]

    operations = [
        migrations.CreateModel(
            name="SubjectLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "from_subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_from",
                        to="activity.subject",
                    ),
                ),
                (
                    "to_subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_to",
                        to="activity.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["to_subject", "kind", "-created_at"], name="link_by_to_subject"),
                    models.Index(fields=["from_subject", "kind", "-created_at"], name="link_by_from_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("from_subject", "to_subject", "kind"), name="one_link_per_pair_and_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_subject", models.F("to_subject")), _negated=True),
                        name="no_subject_is_linked_to_itself",
                    ),
                ],
            },
        ),
    ]
