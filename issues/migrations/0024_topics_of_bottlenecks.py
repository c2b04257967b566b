import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A bottleneck is about topics of the shared vocabulary. Spec 02, Filing."""

    dependencies = [("issues", "0023_hubs_touched_by_what_was_merged"), ("community", "0015_members_follow_their_hubs")]

    operations = [
        migrations.CreateModel(
            name="BottleneckTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "bottleneck",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bottleneck_topics",
                        to="issues.bottleneck",
                        db_index=False,
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bottleneck_topics",
                        to="community.topic",
                        db_index=False,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["topic", "bottleneck"], name="bottleneck_about_topic")],
                "constraints": [
                    models.UniqueConstraint(fields=("bottleneck", "topic"), name="one_row_per_bottleneck_and_topic")
                ],
            },
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="topics",
            field=models.ManyToManyField(
                blank=True,
                related_name="bottlenecks",
                through="issues.BottleneckTopic",
                to="community.topic",
                verbose_name="topics",
            ),
        ),
    ]
