from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    """Facilitators read what failed for good among all that was ever sent, the last first."""

    atomic = False
    dependencies = [("activity", "0026_digests")]

    operations = [
        AddIndexConcurrently(
            model_name="email",
            index=models.Index(
                models.OrderBy(Coalesce("first_tried_at", "created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("state", "failed")),
                name="email_failed",
            ),
        ),
    ]
