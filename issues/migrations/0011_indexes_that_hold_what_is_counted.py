from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("issues", "0010_parts_of_the_titles_there_are")]

    operations = [
        AddIndexConcurrently(
            model_name="bottleneck",
            index=models.Index(fields=["theme", "id"], include=["subject"], name="bottleneck_of_theme"),
        ),
        AddIndexConcurrently(
            model_name="vote", index=models.Index(fields=["voter_key", "bottleneck"], name="vote_of_voter")
        ),
        RemoveIndexConcurrently(model_name="vote", name="vote_by_voter"),
    ]
