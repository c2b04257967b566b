import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What hubs take up, how bottlenecks end, and where each stands; all there are stand open."""

    dependencies = [
        ("activity", "0032_indexes_of_moderation"),
        ("community", "0015_members_follow_their_hubs"),
        ("issues", "0015_index_of_what_waits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Adoption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("plan", models.TextField(blank=True, max_length=2000)),
                (
                    "language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("delivered", "delivered"),
                            ("stopped", "stopped"),
                            ("ended", "ended with the bottleneck"),
                            ("declined", "not for this hub"),
                        ],
                        max_length=20,
                    ),
                ),
                ("words", models.TextField(blank=True, max_length=2000)),
                (
                    "words_language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Ending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("solved", "It is solved"),
                            ("declined", "The formal organisation declined it"),
                            ("lapsed", "It is withdrawn: nobody runs into it any more, or it was a mistake"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "route",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("formal", "by the formal organisation"),
                            ("ourselves", "by ourselves, as members or hubs"),
                            ("itself", "by itself"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                (
                    "language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
                ("ended_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("asks_until", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("result", models.JSONField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_why", models.TextField(blank=True, max_length=2000)),
                (
                    "undone_language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="NoticeAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voter_key", models.UUIDField()),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("yes", "Yes, it is solved for me"),
                            ("partly", "Partly"),
                            ("no", "No, I still run into it"),
                            ("unknown", "I do not know"),
                        ],
                        max_length=20,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="nextstep",
            name="next_step_is_of_a_known_kind",
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="life",
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="route",
            field=models.CharField(
                blank=True,
                choices=[
                    ("formal", "by the formal organisation"),
                    ("ourselves", "by ourselves, as members or hubs"),
                    ("itself", "by itself"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="bottleneck",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("solved", "said to be solved"),
                    ("confirmed", "solved, confirmed"),
                    ("declined", "declined"),
                    ("lapsed", "withdrawn"),
                ],
                db_default="open",
                default="open",
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="nextstep",
            name="kind",
            field=models.CharField(
                choices=[("why_not", "said why not"), ("proposed", "asked hubs to take it up")], max_length=20
            ),
        ),
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "solved", "confirmed", "declined", "lapsed"])),
                name="bottleneck_has_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(("route__in", ["", "formal", "ourselves", "itself"])),
                name="bottleneck_has_a_known_route",
            ),
        ),
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "open"), _negated=True), ("route", ""), _connector="OR"),
                name="an_open_bottleneck_has_no_route",
            ),
        ),
        migrations.AddConstraint(
            model_name="nextstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["why_not", "proposed"])), name="next_step_is_of_a_known_kind"
            ),
        ),
        migrations.AddField(
            model_name="adoption",
            name="bottleneck",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="adoptions", to="issues.bottleneck"
            ),
        ),
        migrations.AddField(
            model_name="adoption",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="adoption",
            name="hub",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adoptions",
                to="community.hub",
            ),
        ),
        migrations.AddField(
            model_name="ending",
            name="bottleneck",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="endings", to="issues.bottleneck"
            ),
        ),
        migrations.AddField(
            model_name="ending",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="ending",
            name="hub",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="community.hub",
            ),
        ),
        migrations.AddField(
            model_name="ending",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="noticeanswer",
            name="ending",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="issues.ending"
            ),
        ),
        migrations.AddIndex(
            model_name="adoption",
            index=models.Index(fields=["hub", "-began_at"], name="adoption_by_hub"),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("hub", "bottleneck"), name="one_open_adoption_per_hub"
            ),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("outcome", "")),
                    models.Q(
                        ("ended_at__isnull", False), ("outcome__in", ["delivered", "stopped", "ended", "declined"])
                    ),
                    _connector="OR",
                ),
                name="an_ended_adoption_has_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.CheckConstraint(
                condition=models.Q(("began_at__isnull", False), ("asked_at__isnull", False), _connector="OR"),
                name="an_adoption_begins_or_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.CheckConstraint(
                condition=models.Q(("began_at", None), ("plan__gt", ""), _connector="OR"),
                name="an_adoption_that_began_has_a_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "declined"), _negated=True),
                    models.Q(("began_at", None), ("words__gt", "")),
                    _connector="OR",
                ),
                name="who_declines_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="ending",
            index=models.Index(
                condition=models.Q(("asked_at", None), ("how", "solved"), ("undone_at", None)),
                fields=["ended_at"],
                name="ending_to_ask_about",
            ),
        ),
        migrations.AddIndex(
            model_name="ending",
            index=models.Index(
                condition=models.Q(("settled_at", None), ("undone_at", None)),
                fields=["asks_until"],
                name="ending_asked_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("bottleneck",), name="one_standing_end_per_bottleneck"
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["solved", "declined", "lapsed"])), name="ending_is_of_a_known_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("how", "solved"), ("route__in", ["formal", "ourselves", "itself"])),
                    models.Q(models.Q(("how", "solved"), _negated=True), ("route__in", ["", "formal"])),
                    _connector="OR",
                ),
                name="what_is_solved_says_by_which_route",
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_at", None), ("asks_until", None), ("settled_at", None)),
                    models.Q(("asked_at__isnull", False), ("asks_until__isnull", False), ("how", "solved")),
                    _connector="OR",
                ),
                name="who_is_asked_has_a_last_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("result", None), ("settled_at", None)),
                    models.Q(("result__isnull", False), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="what_is_settled_has_a_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeanswer",
            constraint=models.UniqueConstraint(fields=("ending", "voter_key"), name="one_answer_per_member_and_end"),
        ),
        migrations.AddConstraint(
            model_name="noticeanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["yes", "partly", "no", "unknown"])), name="notice_is_a_known_answer"
            ),
        ),
    ]
