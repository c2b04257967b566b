from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Hidden comments are few, and the log of the facilitators is read without the rest of the ledger."""

    atomic = False
    dependencies = [("activity", "0031_moderation")]

    operations = [
        AddIndexConcurrently(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("hidden_at__isnull", False)), fields=["subject"], name="comment_hidden"
            ),
        ),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("readers", "facilitators")),
                fields=["-at", "-id"],
                name="activity_of_facilitators",
            ),
        ),
        AddIndexConcurrently(
            model_name="activity", index=models.Index(fields=["verb", "-at"], name="activity_by_verb")
        ),
    ]
