from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
    ]

    operations = [
        # Whatever is there was not looked at. With a default, SQLite would write the table anew.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AddField(
                    model_name='attachment',
                    name='seconds',
                    field=models.PositiveIntegerField(null=True),
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name='attachment',
                    name='seconds',
                    field=models.PositiveIntegerField(default=0, null=True),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('seconds', None)), fields=['id'], name='attachment_unseen'),
        ),
    ]
