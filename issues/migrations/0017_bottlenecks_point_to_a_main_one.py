import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A bottleneck may point to a main one; none does yet."""

    dependencies = [("issues", "0016_life_of_bottlenecks"), ("activity", "0032_indexes_of_moderation")]

    operations = [
        migrations.AddField(
            model_name="bottleneck",
            name="main",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pointing",
                to="issues.bottleneck",
            ),
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="tie",
            field=models.CharField(
                blank=True,
                choices=[("merged", "merged into it"), ("child", "a part of it, with its own detail")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="parts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="generic_with",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, editable=False, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(("main", None), ("tie", ""))
                | models.Q(("main__isnull", False), ("tie__in", ["merged", "child"])),
                name="bottleneck_is_tied_to_its_main_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(("main", models.F("pk")), _negated=True), name="no_bottleneck_is_its_own_main_one"
            ),
        ),
    ]
