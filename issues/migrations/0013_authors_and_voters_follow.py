"""Let whoever filed a bottleneck or votes for it follow it, as whoever does so from now on."""

from django.db import migrations

FOLLOW = """
    INSERT INTO activity_follow (member_id, subject_id, level, reason, created_at)
    SELECT author_id, subject_id, NULL, 'filed', filed_at FROM issues_bottleneck
    WHERE author_id IS NOT NULL AND attribution = 'named'
    ON CONFLICT DO NOTHING;
    INSERT INTO activity_follow (member_id, subject_id, level, reason, created_at)
    SELECT vote.member_id, bottleneck.subject_id, NULL, 'voted', vote.cast_at
    FROM issues_vote AS vote JOIN issues_bottleneck AS bottleneck ON bottleneck.id = vote.bottleneck_id
    WHERE vote.member_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0012_one_index_of_a_theme"), ("activity", "0024_following")]

    operations = [migrations.RunSQL(FOLLOW, migrations.RunSQL.noop)]
