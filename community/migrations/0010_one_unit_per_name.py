import django.db.models.functions.text
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """One unit per name, whatever its case. The version before looks for a name in the same way before it adds one."""

    atomic = False
    dependencies = [("community", "0009_merge_units_of_one_name")]

    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY one_unit_per_name ON community_unit (lower(name))",
            "DROP INDEX IF EXISTS one_unit_per_name",
            state_operations=[
                migrations.AddConstraint(
                    model_name="unit",
                    constraint=models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"), name="one_unit_per_name"
                    ),
                ),
            ],
        ),
        RemoveIndexConcurrently("unit", "unit_by_name"),  # the promise has an index of its own
        migrations.AlterField(
            model_name="unit",
            name="name",
            field=models.CharField(max_length=120, verbose_name="name"),
        ),
    ]
