"""Django's SQLite backend, with a line for a process's writers, and an anchor (Django looks for it in `base`)."""
