from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

FORWARDS = """
CREATE UNIQUE INDEX CONCURRENTLY one_link_per_holder_and_act ON activity_actinglink
    (purpose, member_id, holder_kind, holder_key, subject_id, kind) NULLS NOT DISTINCT
"""
NAMED = """
ALTER TABLE activity_actinglink
    ADD CONSTRAINT one_link_per_holder_and_act UNIQUE USING INDEX one_link_per_holder_and_act
"""


class Migration(migrations.Migration):
    """One link per act of each holder: two people without an account are two."""

    atomic = False
    dependencies = [("activity", "0020_holders_of_links")]

    operations = [
        migrations.RunSQL(
            FORWARDS,
            "DROP INDEX IF EXISTS one_link_per_holder_and_act",
        ),
        migrations.RunSQL(
            NAMED,
            "ALTER TABLE activity_actinglink DROP CONSTRAINT one_link_per_holder_and_act",
            state_operations=[
                migrations.AddConstraint(
                    model_name="actinglink",
                    constraint=models.UniqueConstraint(
                        fields=["purpose", "member", "holder_kind", "holder_key", "subject", "kind"],
                        name="one_link_per_holder_and_act",
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(model_name="actinglink", name="one_link_per_act"),
        ValidateConstraint(model_name="actinglink", name="link_has_a_known_holder"),
        ValidateConstraint(model_name="actinglink", name="a_member_or_somebody_else_holds_a_link"),
    ]
