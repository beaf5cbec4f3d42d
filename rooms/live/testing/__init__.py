"""For the tests of applications: what rang, and what a browser would make of the frames.

Needs `beautifulsoup4`, which is not a requirement of the layer itself.
"""

from rooms.live.testing.bells import assert_no_bells, assert_rings, captured_bells, lost_bells
from rooms.live.testing.page import FakePage

__all__ = ["FakePage", "assert_no_bells", "assert_rings", "captured_bells", "lost_bells"]
