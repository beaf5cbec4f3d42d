from typing import Any

from django.db import migrations, transaction

NEWEST = 2**63 - 1

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
        FROM rooms_message WHERE room_id = %s AND position BETWEEN %s AND %s
        WINDOW rising AS (ORDER BY position)
    ) AS lined_up
) AS placed
WHERE rooms_message.id = placed.id AND placed.before_at IS NOT NULL AND rooms_message.previous_at IS NULL
"""


BATCH = 20_000
"""Messages placed in one transaction: it takes a second or less, and that is how long somebody who writes may wait."""


def fill(apps: Any, schema_editor: Any, batch: int = BATCH) -> None:
    connection = schema_editor.connection
    statement = FILL.format(within_pause=WITHIN_PAUSE[connection.vendor])
    messages = apps.get_model("rooms", "Message").objects.order_by("position")
    for room_id in list(apps.get_model("rooms", "Room").objects.order_by("pk").values_list("pk", flat=True)):
        start: int | None = 0
        while start is not None:
            later = messages.filter(room=room_id, position__gte=start).values_list("position", flat=True)
            # The last of a batch is placed with it, and is the first of the next only for the one after it.
            end = later[batch : batch + 1].first()
            with transaction.atomic(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute(statement, [room_id, start, NEWEST if end is None else end])
            start = end


class Migration(migrations.Migration):
    """In batches: people go on writing meanwhile, and none of them waits for all that was ever said."""

    atomic = False
    dependencies = [("rooms", "0006_edited_by")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
