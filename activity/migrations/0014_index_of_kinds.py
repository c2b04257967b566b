from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Lists of one kind need not read the subjects of all others."""

    atomic = False
    dependencies = [("activity", "0013_index_of_what_is_news")]

    operations = [AddIndexConcurrently("subject", models.Index(fields=["kind"], name="subject_by_kind"))]
