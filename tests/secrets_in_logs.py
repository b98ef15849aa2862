"""Secrets that the stage plants, and a look through everything that is logged."""

import logging

#: The cast's password, the head of every hash of one, every session key, the key that signs sessions.
PASSWORD = "four ordinary words"
HASH = "$argon2"
SESSION_KEY = "planted-session-key"
SECRET_KEY = "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ"
DB_PASSWORD = "planted-db-password"
PLANTED = (PASSWORD, HASH, SESSION_KEY, SECRET_KEY, DB_PASSWORD)


class SecretsInLogs(logging.Handler):
    """Reads every record of every logger, traceback included; `found` are those that hold a planted secret."""

    def __init__(self):
        super().__init__(level=logging.NOTSET)
        self.texts, self.found = [], []

    def emit(self, record):
        text = logging.Formatter("%(name)s %(levelname)s %(message)s").format(record)
        record.exc_text = None  # other handlers format for themselves
        self.texts.append(text)
        if any(secret in text for secret in PLANTED):
            self.found.append(text)

    def __enter__(self):
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *exc):
        logging.getLogger().removeHandler(self)
