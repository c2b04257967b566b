from django.db import migrations, models

NEWS = [
    "became_generic",
    "bottleneck_filed",
    "facilitator_appointed",
    "facilitator_ended",
    "hub_founded",
    "representative_ended",
    "representative_named",
    "session_cancelled",
    "session_moved",
    "session_published",
]


class Migration(migrations.Migration):
    """Let feeds find the newest entries of a ledger that is mostly votes and places."""

    dependencies = [("activity", "0003_account_mail_goes_first")]

    operations = [
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(condition=models.Q(("verb__in", NEWS)), fields=["-at", "-id"], name="activity_news"),
        ),
    ]
