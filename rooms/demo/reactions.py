"""What the sample team says of messages in an emoji: now and then, and rarely alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

from rooms.models import Message, User
from rooms.models.reaction import Reaction

SHARE = 0.08
"""Of how many messages there is something to say."""

CONTENTS = ("👍", "👍", "❤️", "😂", "🎉", "👏", "🔥", "🙏", "👀", "☕")


def add_reactions(messages: Iterable[Message], people: Mapping[int, Sequence[User]], random: Random) -> None:
    """Let messages that are not saved yet have reactions, of the people of their rooms."""
    for message in messages:
        others = [person for person in people[message.room_id] if person.pk != message.author_id]
        if not message.erased_at and random.random() < SHARE:
            chosen = dict.fromkeys(random.choices(CONTENTS, k=random.choice((1, 1, 1, 2))))
            message.reactions = [[content, pick(others, random)] for content in chosen]


def pick(people: Sequence[User], random: Random) -> list[int]:
    return [person.pk for person in random.sample(people, min(len(people), random.choice((1, 1, 2, 3, 5))))]


def make_rows(messages: Iterable[Message]) -> Iterator[Reaction]:
    for message in messages:
        for content, user_ids in message.reactions:
            for pk in user_ids:
                yield Reaction(message=message, user_id=pk, content=content, created_at=message.created_at)
