import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client


@pytest.mark.django_db
def test_it_says_up(client: Client) -> None:
    response = client.get("/up")

    assert (response.status_code, response.content) == (200, b"up\n")


def test_it_rejects_post(client: Client) -> None:
    assert client.post("/up").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_other_threads_see_committed_rows() -> None:
    ContentType.objects.create(app_label="rooms", model="witness")
    seen: list[bool] = []

    def look() -> None:
        seen.append(ContentType.objects.filter(model="witness").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [True]
