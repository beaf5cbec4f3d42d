from rooms.tests.live.conftest import hub

__all__ = ["hub"]
