from django.db import migrations

# The ledger refuses every change, this one too. Until this transaction ends nobody else can write to it, and nobody
# else ever finds it without its trigger.
FORWARDS = """
ALTER TABLE activity_activity DISABLE TRIGGER activity_is_append_only;
UPDATE activity_activity SET is_news = true WHERE NOT is_news AND activity_was_news(verb);
ALTER TABLE activity_activity ENABLE TRIGGER activity_is_append_only;
"""


class Migration(migrations.Migration):
    """What was news before entries knew it stays news."""

    dependencies = [("activity", "0011_entries_know_whether_they_are_news")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
