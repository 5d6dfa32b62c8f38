# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Answers whether a tenant is onboarded from your own list, so that an offboarded one is refused within a minute."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OnboardedTenants:
    """Stands for the set of tenant IDs that *load* returns: `claims["tid"] in tenants`.

    Hand it to the token validator as its `tenants`. While the store cannot be read the last list holds, but not for
    longer than *discard_after* seconds; then no tenant is accepted.
    """

    def __init__(
        self, load: Callable[[], Iterable[str]], *, refresh_after: float = 60, discard_after: float = 3600
    ) -> None:
        self.load = load
        self.refresh_after = refresh_after
        self.discard_after = discard_after
        self._tenants: frozenset[str] = frozenset()
        self._read = float("-inf")
        self._tried = float("-inf")
        self._reading = threading.Lock()

    def __contains__(self, tenant_id: object) -> bool:
        # whoever comes first reads; the others wait only while there is no list at all
        if self._stale() and self._reading.acquire(blocking=self._read == float("-inf")):
            try:
                self._refresh()
            finally:
                self._reading.release()
        return tenant_id in self._tenants and time.monotonic() - self._read < self.discard_after

    def _stale(self) -> bool:
        return time.monotonic() - self._tried >= self.refresh_after

    def _refresh(self) -> None:
        if not self._stale():
            return
        now = time.monotonic()
        try:
            tenants = frozenset(self.load())
            if not all(GUID.fullmatch(tenant) for tenant in tenants):
                raise ValueError("a tenant ID is not a GUID in lower case")
            self._tenants, self._read = tenants, now
        except Exception:  # whatever the store did, nobody is let in who was not on the last good list
            log.warning("tenant list not refreshed", exc_info=True)
        finally:
            self._tried = time.monotonic()
