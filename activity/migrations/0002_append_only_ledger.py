"""The ledger only grows: PostgreSQL refuses DELETE, and every UPDATE but ``actor`` to NULL (erasure). Spec 06."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION activity_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.actor_id IS NOT NULL AND NEW.actor_id IS NULL THEN
        NEW.actor_id := OLD.actor_id;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            NEW.actor_id := NULL;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER activity_is_append_only BEFORE UPDATE OR DELETE ON activity_activity
    FOR EACH ROW EXECUTE FUNCTION activity_is_append_only();
"""
BACKWARDS = """
DROP TRIGGER activity_is_append_only ON activity_activity;
DROP FUNCTION activity_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_ledger_and_outbox")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
