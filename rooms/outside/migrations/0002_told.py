"""What was told is remembered by marks and by message, not by a list of the newest hundred."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def keep_highest(apps: Any, schema_editor: Any) -> None:
    for burst in apps.get_model("outside", "Burst").objects.exclude(told=[]):
        burst.told_up_to = max(burst.told)
        burst.save(update_fields=["told_up_to"])


class Migration(migrations.Migration):
    dependencies = [("outside", "0001_initial")]

    operations = [
        migrations.AddField("burst", "told_up_to", models.PositiveBigIntegerField(default=0)),
        migrations.AddField("burst", "seen_position", models.PositiveBigIntegerField(default=0)),
        migrations.RunPython(keep_highest, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("burst", "told"),
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("message_id", models.PositiveBigIntegerField()),
                ("sent_at", models.DateTimeField()),
                (
                    "burst",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="told", to="outside.burst"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("burst", "message_id"), name="told_unique")],
            },
        ),
    ]
