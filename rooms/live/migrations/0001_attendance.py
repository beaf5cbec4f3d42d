from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("process", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
                ("version", models.PositiveBigIntegerField(default=0)),
                ("follows", models.JSONField(default=dict)),
            ],
        ),
    ]
