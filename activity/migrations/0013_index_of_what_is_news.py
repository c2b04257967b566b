from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """Feeds are read by what each entry says of itself; a verb more or less needs no other index."""

    atomic = False
    dependencies = [("activity", "0012_mark_what_was_news")]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(condition=models.Q(("is_news", True)), fields=["-at", "-id"], name="activity_is_news"),
        ),
        RemoveIndexConcurrently(model_name="activity", name="activity_news"),
        ValidateConstraint(model_name="activity", name="only_an_official_has_a_label"),
    ]
