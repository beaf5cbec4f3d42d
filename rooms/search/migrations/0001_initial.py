import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import OperationalError, migrations, models

from rooms.search import postgresql, sqlite

REMEDY = (
    "The SQLite that this Python came with has no FTS5, in which messages are searched. Use a Python with another "
    "(those of Debian, Ubuntu, Homebrew and python.org have it), or PostgreSQL: set DATABASE_URL=postgres://…"
)


def create_index(apps, schema_editor):
    engine = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    try:
        for statement in engine.CREATE:
            schema_editor.execute(statement)
    except OperationalError as error:
        remedy = f"{error}. {REMEDY}" if "fts5" in str(error) else str(error)
        raise OperationalError(remedy) from error


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":  # There it goes with its table.
        schema_editor.execute(sqlite.DROP)


class Migration(migrations.Migration):
    """The index begins empty. What was said before is put in by the worker, newest first: see rooms.search.filling."""

    initial = True

    dependencies = [
        ("rooms", "0005_whole_messages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="rooms.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Recent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recent_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-used_at", "-pk"]},
        ),
        migrations.AddConstraint(
            model_name="recent",
            constraint=models.UniqueConstraint(fields=("user", "text"), name="recent_search_unique"),
        ),
        migrations.RunPython(create_index, drop_index),
    ]
