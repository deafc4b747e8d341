"""The only reader of the machine's clocks."""

import time


class SystemClock:
    """The Clock port."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never jump. Lambda may freeze a container, and on some systems this too."""
        return time.monotonic()
