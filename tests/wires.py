"""What a view sends, where no browser is at the other end."""

from __future__ import annotations


class Wire:
    """Stands for the connection to a browser and keeps what was sent."""

    comm_id = "wire"

    def __init__(self):
        self.sent = []

    def send(self, data, buffers=None):
        self.sent.append((data, buffers or []))

    def on_msg(self, callback):
        pass

    def close(self, *args, **options):
        pass
