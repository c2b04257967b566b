from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """The few subjects that not everybody may read are found without reading the others."""

    atomic = False
    dependencies = [("activity", "0015_shared_subjects")]

    operations = [
        AddIndexConcurrently(
            "subject",
            models.Index(fields=["audience", "id"], condition=models.Q(is_shared=False), name="subject_not_shared"),
        ),
        ValidateConstraint(model_name="subject", name="subject_has_a_known_audience"),
    ]
