import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What members report, what facilitators hide, and the appeal against that."""

    dependencies = [
        ("activity", "0030_turnout_is_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "reported"),
                            ("stands", "left as it is"),
                            ("hidden", "hidden"),
                            ("restored", "shown again"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("person", "Is about somebody who cannot answer here"),
                            ("hurts", "Hurts somebody"),
                            ("elsewhere", "Does not belong here"),
                            ("confidential", "Shares what is confidential"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=800)),
                ("language", models.CharField(choices=[("nl", "Dutch"), ("en", "English")], max_length=2)),
                ("reported_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stood", "let stand"),
                            ("hid", "hid"),
                            ("appealed", "appealed"),
                            ("kept", "kept hidden"),
                            ("restored", "showed again"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("person", "Is about somebody who cannot answer here"),
                            ("hurts", "Hurts somebody"),
                            ("elsewhere", "Does not belong here"),
                            ("confidential", "Shares what is confidential"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=800)),
                ("language", models.CharField(choices=[("nl", "Dutch"), ("en", "English")], max_length=2)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="comment",
            name="hidden_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="comment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="activity.comment",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="subject",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="activity.subject"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="activity.case"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="comment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="activity.comment",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="subject",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="activity.subject"
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="case",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="activity.case"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["subject", "-id"], name="case_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "stands", "hidden", "restored"])),
                name="case_has_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("comment__isnull", False), ("state__in", ["open", "hidden"])),
                fields=("comment",),
                name="one_running_case_per_comment",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("comment", None), ("state__in", ["open", "hidden"])),
                fields=("subject",),
                name="one_running_case_per_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["person", "hurts", "elsewhere", "confidential", "other"])),
                name="report_has_a_known_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("comment", "member"), name="one_report_per_comment_and_member"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("comment", None)),
                fields=("subject", "member"),
                name="one_report_per_subject_and_member",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(fields=("case", "kind"), name="each_step_once_per_case"),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["stood", "hid", "appealed", "kept", "restored"])),
                name="step_has_a_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "hid"), ("reason__in", ["person", "hurts", "elsewhere", "confidential", "other"])
                    ),
                    models.Q(models.Q(("kind", "hid"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="a_hiding_has_a_reason",
            ),
        ),
    ]
