from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Let the outbox be searched for an address; most rows have lost theirs."""

    atomic = False
    dependencies = [("activity", "0008_announce_what_is_shown")]

    operations = [
        AddIndexConcurrently(
            model_name="email",
            index=models.Index(condition=models.Q(("address__gt", "")), fields=["address"], name="email_by_address"),
        ),
    ]
