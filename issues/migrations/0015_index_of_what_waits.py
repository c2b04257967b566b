from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of what waits longest reads its first page from here."""

    atomic = False
    dependencies = [("issues", "0014_next_steps")]

    operations = [
        AddIndexConcurrently(
            model_name="bottleneck",
            index=models.Index(
                condition=models.Q(("generic_at__isnull", False), ("stepped_at", None)),
                fields=["generic_at", "id"],
                name="bottleneck_waiting",
            ),
        ),
    ]
