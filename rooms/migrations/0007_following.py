from typing import Any

from django.db import migrations, transaction

WITHIN_PAUSE = {
    "sqlite": "julianday(created_at) - julianday(before_at) < 5.0 / 1440",
    "postgresql": "created_at - before_at < interval '5 minutes'",
}

FILL = """
UPDATE rooms_message SET previous_at = placed.before_at, follows = placed.goes_on
FROM (
    SELECT id, before_at,
        before_by = author_id AND reply_to_id IS NULL AND substr(body, 1, 4) <> '/me ' AND {within_pause} AS goes_on
    FROM (
        SELECT id, author_id, reply_to_id, body, created_at,
            lag(created_at) OVER rising AS before_at, lag(author_id) OVER rising AS before_by
        FROM rooms_message WHERE room_id = %s WINDOW rising AS (ORDER BY position)
    ) AS lined_up
) AS placed
WHERE rooms_message.id = placed.id AND placed.before_at IS NOT NULL AND rooms_message.previous_at IS NULL
"""


def fill(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    statement = FILL.format(within_pause=WITHIN_PAUSE[connection.vendor])
    room_ids = list(apps.get_model("rooms", "Room").objects.order_by("pk").values_list("pk", flat=True))
    for room_id in room_ids:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(statement, [room_id])


class Migration(migrations.Migration):
    """Each room by itself: where people go on writing meanwhile, none of them waits for all the rooms."""

    atomic = False
    dependencies = [("rooms", "0006_edited_by")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
