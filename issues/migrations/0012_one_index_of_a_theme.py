import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Django's own index says no more than the two that begin with the theme."""

    dependencies = [("issues", "0011_indexes_that_hold_what_is_counted")]

    operations = [
        migrations.AlterField(
            model_name="bottleneck",
            name="theme",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bottlenecks",
                to="issues.theme",
                verbose_name="Theme",
            ),
        ),
    ]
