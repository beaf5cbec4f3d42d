"""A connection to each SQLite file that stays to the end of the process, so that no other one is ever its last.

Linux takes *all* locks of a process on a file away as soon as any descriptor of that file is closed. SQLite therefore
keeps descriptors open while the process has locks, but looks for these a moment before it closes: where one thread ends
the only connection while another opens the next, the new one can be left without its lock, and does not know. Seen once
in 21,000 tries with SQLite 3.40, and once in a server that had just started.

Then whatever else opens the file and closes it again (a cron job, `manage.py receive_mail`) takes itself for the last,
and deletes the log that the server is writing into: new connections of the server say "disk I/O error", and what the
old ones write is lost. With one connection that stays there is always a lock, and nothing is closed too early.
"""

import atexit
import sqlite3
import threading
from contextlib import suppress

anchors: dict[str, sqlite3.Connection] = {}
mutex = threading.Lock()


def drop_anchor(path: str) -> None:
    """Have an anchor in this file, unless there is one. Whoever asks has just opened it and read, and so has its lock.

    Raises sqlite3.Error when the file cannot be read.
    """
    with mutex:
        if path not in anchors:
            anchor = sqlite3.connect(path, uri=True, check_same_thread=False)  # As Django reads the name.
            try:
                anchor.execute("PRAGMA schema_version").fetchone()  # To read is to lock; in WAL mode, for good.
            except sqlite3.Error:
                anchor.close()  # It has no lock, and would never get one.
                raise
            anchors[path] = anchor


def put_logs_away() -> None:
    """Have what is committed stand in the files themselves: a server that ends by a signal closes no connection.

    Nobody is waited for. What cannot be written back stays in the log, which the next start reads.
    """
    with mutex:
        for anchor in anchors.values():
            with suppress(sqlite3.Error):
                anchor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


@atexit.register
def weigh_anchors() -> None:
    """Let the files go at the end of the process: its last connection puts the log into the database."""
    with mutex:
        while anchors:
            anchors.popitem()[1].close()
