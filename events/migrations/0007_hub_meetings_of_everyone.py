from django.db import migrations


def name_them(apps, schema_editor):
    """A hub meeting of no hub was for everyone: it is called a community day, so that 0008 can refuse the other."""
    sessions = apps.get_model("events", "Session").objects.using(schema_editor.connection.alias)
    sessions.filter(kind="hub_meeting", hub=None).update(kind="community_day")


class Migration(migrations.Migration):
    dependencies = [("events", "0006_session_link")]

    operations = [migrations.RunPython(name_them, migrations.RunPython.noop)]
