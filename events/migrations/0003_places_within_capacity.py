"""Places are never taken beyond the capacity, whatever the code does. Spec 04, RSVP.

A check constraint cannot hold this: lowering the capacity below those going evicts nobody, so the count may stay above
it. What may not happen is that it grows there.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION places_stay_within_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'places_stay_within_capacity: % of % places', NEW.taken_count, NEW.capacity
        USING ERRCODE = 'check_violation', CONSTRAINT = 'places_stay_within_capacity';
END
$$;
CREATE TRIGGER places_stay_within_capacity BEFORE UPDATE OF taken_count ON events_session
    FOR EACH ROW WHEN (NEW.taken_count > OLD.taken_count AND NEW.taken_count > NEW.capacity)
    EXECUTE FUNCTION places_stay_within_capacity();
"""
BACKWARDS = """
DROP TRIGGER places_stay_within_capacity ON events_session;
DROP FUNCTION places_stay_within_capacity();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0002_removal_reason")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
