"""What members were asked to agree to, and what holds or held, stays as it was. Spec 02, Themes.

Of a version that is no draft only what was decided about it may change, once, and erasure takes members out of it.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION version_of_themes_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept issues_themeversion;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        kept := OLD;
        IF OLD.state = 'proposed' AND NEW.state IN ('adopted', 'withdrawn', 'replaced') THEN
            kept.state := NEW.state;
            kept.decided_at := NEW.decided_at;
            kept.decided_by_id := NEW.decided_by_id;
        END IF;
        IF NEW.by_id IS NULL THEN
            kept.by_id := NULL;
        END IF;
        IF NEW.decided_by_id IS NULL THEN
            kept.decided_by_id := NULL;
        END IF;
        IF NEW IS NOT DISTINCT FROM kept THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a version of the themes stays as it is' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER version_of_themes_stays BEFORE UPDATE OR DELETE ON issues_themeversion
    FOR EACH ROW EXECUTE FUNCTION version_of_themes_stays();

CREATE FUNCTION theme_is_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT state INTO found FROM issues_themeversion WHERE id = OLD.of_version_id FOR SHARE;
        IF found IS DISTINCT FROM 'draft' THEN
            RAISE EXCEPTION 'this version of the themes is frozen' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT state INTO found FROM issues_themeversion WHERE id = NEW.of_version_id FOR SHARE;
        IF found IS DISTINCT FROM 'draft' THEN
            RAISE EXCEPTION 'this version of the themes is frozen' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER theme_is_of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON issues_versionedtheme
    FOR EACH ROW EXECUTE FUNCTION theme_is_of_a_draft();
"""
BACKWARDS = """
DROP TRIGGER theme_is_of_a_draft ON issues_versionedtheme;
DROP TRIGGER version_of_themes_stays ON issues_themeversion;
DROP FUNCTION theme_is_of_a_draft();
DROP FUNCTION version_of_themes_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0021_themes_in_versions")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
