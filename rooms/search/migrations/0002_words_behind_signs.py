from django.db import migrations

from rooms.search import postgresql, sqlite


def empty(apps, schema_editor):
    engine = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in engine.EMPTY:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    """Rules that cut words differently: the index begins empty again, and is filled as it was at first."""

    dependencies = [("search", "0001_initial")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
