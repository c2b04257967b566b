from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first members of a hub, representatives before others, without reading them all."""

    atomic = False
    dependencies = [("community", "0012_count_members_of_hubs")]
    operations = [
        AddIndexConcurrently(
            "membership",
            models.Index(
                fields=["hub", "-role", "started_at", "id"],
                condition=models.Q(ended_at=None),
                name="membership_first_of_hub",
            ),
        ),
    ]
