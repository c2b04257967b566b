import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0012_count_members_of_hubs"),
        ("issues", "0006_trigrams_of_folded_titles"),
    ]

    operations = [
        migrations.CreateModel(
            name="BottleneckTally",
            fields=[
                (
                    "hub",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="community.hub",
                    ),
                ),
                ("number", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "open bottlenecks",
            },
        ),
    ]
