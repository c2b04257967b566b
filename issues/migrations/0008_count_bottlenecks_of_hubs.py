from django.db import migrations

FORWARDS = """
INSERT INTO issues_bottlenecktally (hub_id, number)
SELECT touched.hub_id, COUNT(*)
FROM issues_touchedhub touched
JOIN issues_bottleneck bottleneck ON bottleneck.id = touched.bottleneck_id
JOIN activity_subject subject ON subject.id = bottleneck.subject_id
WHERE subject.audience IN ('public', 'members') AND subject.hidden_at IS NULL
    AND subject.announced_at IS NOT NULL AND subject.closed_at IS NULL
GROUP BY touched.hub_id
ON CONFLICT (hub_id) DO UPDATE SET number = EXCLUDED.number;
"""


class Migration(migrations.Migration):
    """Count the open bottlenecks of every hub; one filed while the version before still serves counts at the next."""

    dependencies = [("issues", "0007_tallies_of_bottlenecks"), ("activity", "0008_announce_what_is_shown")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
