from rooms.tests.live.conftest import follow, hub, people

__all__ = ["follow", "hub", "people"]
