"""What a consent round asked stays as it was, and so does all of a closed one; nothing in it tells who said what.

But for erasure, which takes who opened it out of a round. Spec 06, Consent rounds.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION consent_round_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.closed_at IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.closed_at IS NULL THEN
        IF NEW.closed_at IS NULL OR NOT EXISTS (SELECT FROM activity_position WHERE consent_id = NEW.id) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.opened_by_id IS NOT NULL AND NEW.opened_by_id IS NULL THEN
        NEW.opened_by_id := OLD.opened_by_id;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            NEW.opened_by_id := NULL;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a closed consent round stays as it is' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER consent_round_stays_closed BEFORE UPDATE OR DELETE ON activity_consentround
    FOR EACH ROW EXECUTE FUNCTION consent_round_stays_closed();

CREATE FUNCTION consent_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    round_id bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.consent_id ELSE NEW.consent_id END;
    closed timestamptz;
BEGIN
    SELECT closed_at INTO closed FROM activity_consentround WHERE id = round_id FOR SHARE;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'this consent round is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER position_in_an_open_round BEFORE INSERT OR UPDATE ON activity_position
    FOR EACH ROW EXECUTE FUNCTION consent_is_open();
CREATE TRIGGER condition_in_an_open_round BEFORE INSERT OR UPDATE OR DELETE ON activity_condition
    FOR EACH ROW EXECUTE FUNCTION consent_is_open();
CREATE TRIGGER text_in_an_open_round BEFORE INSERT OR DELETE ON activity_consenttext
    FOR EACH ROW EXECUTE FUNCTION consent_is_open();

CREATE FUNCTION consent_text_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the text of a consent round is frozen' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER consent_text_is_frozen BEFORE UPDATE ON activity_consenttext
    FOR EACH ROW EXECUTE FUNCTION consent_text_is_frozen();
"""
BACKWARDS = """
DROP TRIGGER consent_text_is_frozen ON activity_consenttext;
DROP TRIGGER text_in_an_open_round ON activity_consenttext;
DROP TRIGGER condition_in_an_open_round ON activity_condition;
DROP TRIGGER position_in_an_open_round ON activity_position;
DROP TRIGGER consent_round_stays_closed ON activity_consentround;
DROP FUNCTION consent_text_is_frozen();
DROP FUNCTION consent_is_open();
DROP FUNCTION consent_round_stays_closed();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0028_consent_rounds")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
