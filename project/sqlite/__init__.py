"""Django's SQLite backend, with a line for a process's writers (Django looks for it in `base`)."""
