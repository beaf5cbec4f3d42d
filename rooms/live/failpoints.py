"""Places at which a test can have the process die, as a power cut would. Inert unless FAILPOINT names one."""

import os
import signal


def reach(name: str) -> None:
    """Kill this process, without clean-up, if the environment's FAILPOINT is `name`."""
    if os.environ.get("FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
