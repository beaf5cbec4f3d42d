"""What somebody finds, in the words of the tests."""

from collections.abc import Callable
from itertools import count

import pytest

from rooms.models import Message, Room, User
from rooms.search.finding import search
from rooms.search.query import read_query

Find = Callable[[User, str], list[str]]
Say = Callable[[Room, User, str], Message]


@pytest.fixture
def find() -> Find:
    """The texts that somebody finds on the first page, newest first."""
    return lambda user, text: [message.body for message in search(user, read_query(user, text)).messages]


@pytest.fixture
def say() -> Say:
    numbers = count(1)
    return lambda room, author, body: room.post(author, body, f"key-{next(numbers)}")
