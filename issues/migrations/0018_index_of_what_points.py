from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What points to a bottleneck is found without looking at all of them."""

    atomic = False
    dependencies = [("issues", "0017_bottlenecks_point_to_a_main_one")]

    operations = [
        AddIndexConcurrently(
            model_name="bottleneck",
            index=models.Index(condition=models.Q(("main__isnull", False)), fields=["main"], name="bottleneck_by_main"),
        ),
    ]
