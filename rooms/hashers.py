"""How passwords are kept."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 2

places = BoundedSemaphore(AT_ONCE)


class QueuedArgon2(Argon2PasswordHasher):
    """Argon2, AT_ONCE at a time: each takes 100 MB of memory, and thirty people who sign in at once would take 3 GB."""

    def encode(self, password: str, salt: str) -> str:
        with places:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with places:
            return super().verify(password, encoded)
