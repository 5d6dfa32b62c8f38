# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Limits the requests of each caller with a token bucket keyed on tenant, client and user of the verified token."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any


class RateLimit:
    """Each caller may send *burst* requests at once and *per_second* in the long run; safe for many threads.

    The counts live in this process: with several, divide the rate among them or count in a shared store.
    """

    def __init__(self, per_second: float, burst: int, most_callers: int = 100_000) -> None:
        self.per_second = per_second
        self.burst = burst
        self.most_callers = most_callers
        self._buckets: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def retry_after(self, claims: Mapping[str, Any]) -> int:
        """0 if the request may pass; else answer 429 with this number of seconds as Retry-After."""
        caller = (claims["tid"], claims["azp"], claims["sub"])
        now = time.monotonic()
        with self._lock:
            left, seen = self._buckets.pop(caller, (float(self.burst), now))
            left = min(self.burst, left + (now - seen) * self.per_second)
            passes = left >= 1
            self._buckets[caller] = (left - passes, now)
            if len(self._buckets) > self.most_callers:
                self._buckets.popitem(last=False)
        return 0 if passes else math.ceil((1 - left) / self.per_second)
