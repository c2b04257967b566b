import uuid

import django.contrib.postgres.functions
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Versions of the list of themes; none was made yet."""

    dependencies = [
        ("activity", "0032_indexes_of_moderation"),
        ("issues", "0020_keys_of_themes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ThemeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("noted", "written down as it stood"),
                            ("proposed", "proposed"),
                            ("adopted", "adopted"),
                            ("withdrawn", "withdrawn"),
                            ("replaced", "replaced by a newer proposal"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("why", models.TextField(blank=True, max_length=2000, verbose_name="Why it changes")),
                ("text", models.TextField(blank=True)),
                (
                    "language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="activity.consentround",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="VersionedTheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4),
                ),
                ("place", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("explanation", models.TextField(blank=True, max_length=2000, verbose_name="explanation")),
                (
                    "language",
                    models.CharField(choices=[("nl", "Dutch"), ("en", "English")], default="nl", max_length=2),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "goes_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="issues.versionedtheme",
                    ),
                ),
                (
                    "of_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="themes",
                        to="issues.themeversion",
                    ),
                ),
            ],
            options={
                "ordering": ["of_version", "place", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "noted", "proposed", "adopted", "withdrawn", "replaced"])),
                name="version_of_themes_has_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("state",), name="one_draft_of_themes"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")), fields=("state",), name="one_proposal_of_themes"
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("frozen_at", None), ("state", "draft")),
                    models.Q(models.Q(("state", "draft"), _negated=True), ("frozen_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_draft_of_themes_is_not_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "adopted"), _negated=True),
                    models.Q(("consent__isnull", False), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="adopted_themes_had_a_consent_round",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionedtheme",
            constraint=models.UniqueConstraint(fields=("of_version", "key"), name="one_row_per_version_and_theme"),
        ),
        migrations.AddConstraint(
            model_name="versionedtheme",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("of_version", "place"),
                name="one_theme_per_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionedtheme",
            constraint=models.UniqueConstraint(
                models.F("of_version"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("place__isnull", False)),
                name="one_theme_per_name_in_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionedtheme",
            constraint=models.CheckConstraint(
                condition=models.Q(("place", None), ("goes_to", None), _connector="OR"),
                name="only_what_is_left_out_goes_somewhere",
            ),
        ),
    ]
