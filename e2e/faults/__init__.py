"""Faults, injected for real: what breaks, who watches, and what must hold all the same.

`history` is what happened, `witness` who watched, `posters` who talked, `checker` what must be true of it.
"""
