from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0007_hub_meetings_of_everyone")]

    operations = [
        migrations.AlterField(
            model_name="session",
            name="kind",
            field=models.CharField(
                choices=[
                    ("community_day", "community day"),
                    ("round_table", "representatives’ round table"),
                    ("hub_meeting", "hub meeting"),
                    ("workshop", "workshop"),
                    ("talk", "talk"),
                    ("online", "online"),
                ],
                default="community_day",
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                name="hub_meeting_is_of_a_hub",
                condition=~models.Q(kind="hub_meeting") | models.Q(hub__isnull=False),
                violation_error_message="A hub meeting is of one hub.",
            ),
        ),
    ]
