from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("issues", "0005_sort_title")]

    operations = [
        AddIndexConcurrently(
            model_name="bottleneck",
            index=GinIndex(OpClass("sort_title", name="gin_trgm_ops"), name="bottleneck_by_trigrams"),
        ),
        RemoveIndexConcurrently(model_name="bottleneck", name="bottleneck_title_trigrams"),
    ]
