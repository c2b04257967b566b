from django.db import migrations, models

# While the version before this one still serves it writes only ``is_draft``, and this one only ``announced_at``: the
# trigger keeps both true. Column and trigger go one release after this one.
FORWARDS = """
ALTER TABLE activity_subject ALTER COLUMN is_draft DROP DEFAULT;
CREATE FUNCTION subject_drafts_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.is_draft IS NULL THEN
        NEW.is_draft := NEW.announced_at IS NULL;
    ELSIF TG_OP = 'INSERT' OR NEW.is_draft IS DISTINCT FROM OLD.is_draft THEN
        NEW.announced_at := CASE WHEN NOT NEW.is_draft THEN COALESCE(NEW.announced_at, statement_timestamp()) END;
    ELSE
        NEW.is_draft := NEW.announced_at IS NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER subject_drafts_in_step BEFORE INSERT OR UPDATE OF is_draft, announced_at ON activity_subject
    FOR EACH ROW EXECUTE FUNCTION subject_drafts_in_step();
"""
BACKWARDS = """
DROP TRIGGER subject_drafts_in_step ON activity_subject;
DROP FUNCTION subject_drafts_in_step();
ALTER TABLE activity_subject ALTER COLUMN is_draft SET DEFAULT false;
"""


class Migration(migrations.Migration):
    """A subject knows since when its readers know of it; empty is a draft."""

    dependencies = [("activity", "0006_known_actor_kinds")]

    operations = [
        migrations.AddField(
            model_name="subject", name="announced_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.RunSQL(
            FORWARDS,
            BACKWARDS,
            state_operations=[migrations.RemoveField(model_name="subject", name="is_draft")],
        ),
    ]
