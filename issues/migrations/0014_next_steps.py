import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Next steps for generic bottlenecks; none was taken yet for those there are."""

    dependencies = [
        ("activity", "0032_indexes_of_moderation"),
        ("community", "0015_members_follow_their_hubs"),
        ("issues", "0013_authors_and_voters_follow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NextStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("why_not", "said why not")], max_length=20)),
                ("text", models.TextField(max_length=2000)),
                (
                    "language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="stepped_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="nextstep",
            name="bottleneck",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="next_steps",
                to="issues.bottleneck",
            ),
        ),
        migrations.AddField(
            model_name="nextstep",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="nextstep",
            constraint=models.UniqueConstraint(fields=("bottleneck", "kind"), name="one_next_step_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="nextstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["why_not"])), name="next_step_is_of_a_known_kind"
            ),
        ),
    ]
