from django.db import migrations

FORWARDS = """
UPDATE activity_subject AS subject SET announced_at = session.published_at
FROM events_session AS session
WHERE session.subject_id = subject.id AND session.published_at IS NOT NULL
"""


class Migration(migrations.Migration):
    """A session was announced when it was published, not when its draft was made."""

    dependencies = [("events", "0004_session_trigrams"), ("activity", "0008_announce_what_is_shown")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
