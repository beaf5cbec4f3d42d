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
        try:
            return turn.acquire(timeout=patience) or not self.give_up(turn)
        except BaseException:  # Somebody at a terminal has pressed Ctrl-C.
            if not self.give_up(turn):
                self.leave()
            raise

    def give_up(self, turn: Lock) -> bool:
        """Stand in line no more. False: the turn has come meanwhile."""
        with self.mutex:
            waiting = turn in self.turns
            if waiting:
                self.turns.remove(turn)
            return waiting

    def leave(self) -> None:
        with self.mutex:
            if self.turns:
                self.turns.popleft().release()
            else:
                self.taken = False
