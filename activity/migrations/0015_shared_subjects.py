from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

SHARED = models.Q(announced_at__isnull=False, hidden_at=None, audience__in=["public", "members"])
AUDIENCES = [
    ("public", "everyone, also without an account"),
    ("members", "all members"),
    ("hubs", "members of its hubs"),
    ("representatives", "representatives of hubs"),
    ("named", "named persons"),
]


class Migration(migrations.Migration):
    """A subject knows whether every member may read it; and some are for the representatives of hubs only.

    The table is written anew for the generated column: some seconds for a hundred thousand subjects.
    """

    dependencies = [("activity", "0014_index_of_kinds")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="is_shared",
            field=models.GeneratedField(
                expression=models.ExpressionWrapper(SHARED, models.BooleanField()),
                output_field=models.BooleanField(),
                db_persist=True,
            ),
        ),
        migrations.RemoveConstraint(model_name="subject", name="subject_has_a_known_audience"),
        migrations.AlterField(
            model_name="subject",
            name="audience",
            field=models.CharField(choices=AUDIENCES, default="members", max_length=20),
        ),
        AddConstraintNotValid(
            model_name="subject",
            constraint=models.CheckConstraint(
                condition=models.Q(audience__in=[name for name, _label in AUDIENCES]),
                name="subject_has_a_known_audience",
            ),
        ),
    ]
