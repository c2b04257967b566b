"""Let members follow the hubs that they belong to, as whoever joins one does from now on."""

from django.db import migrations

FOLLOW = """
    INSERT INTO activity_follow (member_id, subject_id, level, reason, created_at)
    SELECT membership.member_id, hub.subject_id, NULL, 'joined', membership.started_at
    FROM community_membership AS membership JOIN community_hub AS hub ON hub.id = membership.hub_id
    WHERE membership.ended_at IS NULL
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("community", "0014_join_requests"), ("activity", "0024_following")]

    operations = [migrations.RunSQL(FOLLOW, migrations.RunSQL.noop)]
