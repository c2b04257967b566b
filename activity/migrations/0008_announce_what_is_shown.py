from django.db import migrations

# What the version before wrote meanwhile has its moment already. The community was there before all that happened.
FORWARDS = """
UPDATE activity_subject
SET announced_at = CASE kind WHEN 'community' THEN '1970-01-01T00:00:00Z' ELSE created_at END
WHERE NOT is_draft AND (announced_at IS NULL OR kind = 'community');
"""


class Migration(migrations.Migration):
    """Whatever is no draft was announced when it was made; ``events`` corrects its sessions."""

    dependencies = [("activity", "0007_subjects_are_announced")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
