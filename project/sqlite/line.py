"""A lock that goes to whoever has waited longest."""

from collections import deque
from threading import Lock


class Line:
    """Whoever leaves hands it over. With threading.Lock, who comes again at once is mostly there before others wake."""

    def __init__(self) -> None:
        self.mutex = Lock()
        self.taken = False
        self.turns: deque[Lock] = deque()

    def try_enter(self) -> bool:
        """Enter where nobody is inside. Nobody waits then, either."""
        with self.mutex:
            entered, self.taken = not self.taken, True
            return entered

    def enter(self, patience: float) -> bool:
        """Enter when one's turn comes. False: it has not come within `patience` seconds."""
        with self.mutex:
            if not self.taken:
                self.taken = True
                return True
            turn = Lock()
            turn.acquire()  # Until somebody hands over.
            self.turns.append(turn)
        if turn.acquire(timeout=patience):
            return True
        with self.mutex:
            if turn not in self.turns:
                return True  # It came while the patience ended.
            self.turns.remove(turn)
            return False

    def leave(self) -> None:
        with self.mutex:
            if self.turns:
                self.turns.popleft().release()
            else:
                self.taken = False
