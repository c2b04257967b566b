from django.db import migrations

FORWARDS = """
INSERT INTO community_membertally (hub_id, number)
SELECT membership.hub_id, COUNT(*)
FROM community_membership membership JOIN community_user member ON member.id = membership.member_id
WHERE membership.ended_at IS NULL AND member.is_active AND member.activated_at IS NOT NULL
GROUP BY membership.hub_id
ON CONFLICT (hub_id) DO UPDATE SET number = EXCLUDED.number;
"""


class Migration(migrations.Migration):
    """Count the members of every hub; who joins while the version before still serves is counted at the next act."""

    dependencies = [("community", "0011_tallies_of_members")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
