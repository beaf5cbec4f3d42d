from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0003_unread_held")]

    operations = [
        migrations.AddField("membership", "called_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("message", "mention_spans", models.JSONField(default=list, db_default=[])),
    ]
