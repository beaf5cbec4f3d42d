"""The machine on which Redis runs is gone without a word, and replaced: its connections hear of neither."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from e2e.conftest import StartServer
from e2e.faults.peers import Cable, cable, can_make_networks
from e2e.faults.test_brokers import installed, lively
from e2e.services import Redis, temporary_folder, wait_until


class FarRedis(Redis):
    """Redis at the other end of a cable."""

    link: Cable

    @property
    def url(self) -> str:
        return f"redis://{self.link.far}:{self.port}/0"

    def command(self) -> Sequence[str]:
        there = ["ip", "netns", "exec", self.link.name]
        options = (self.link.far if word == "127.0.0.1" else word for word in super().command())
        return [*there, *options, "--protected-mode", "no"]

    def ready(self) -> bool:
        return "Ready to accept connections" in self.log


@pytest.fixture
def link() -> Iterator[Cable]:
    if not can_make_networks():
        pytest.skip("Wants root on Linux: it pulls a cable of a network that it makes")
    with cable() as link:
        assert isinstance(link, Cable)
        yield link


@pytest.fixture
def far_redis(link: Cable) -> Iterator[FarRedis]:
    with temporary_folder() as folder:
        redis = FarRedis(folder)
        redis.link = link
        redis.start()
        yield redis
        redis.kill()


@pytest.mark.long
@pytest.mark.timeout(120)
def test_another_machine_takes_its_place(link: Cable, far_redis: FarRedis, start_server: StartServer) -> None:
    with installed(start_server, far_redis) as stage, lively(stage):
        link.die()
        far_redis.kill()
        before = far_redis.log.count("Ready to accept")
        time.sleep(40)
        far_redis.start()
        wait_until(lambda: far_redis.log.count("Ready to accept") > before, "The other Redis does not start")
        link.live()
