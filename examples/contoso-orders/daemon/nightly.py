"""The nightly daemon: books the day's shipments and sends them to the customers' suppliers."""

import os

import httpx2
from azure.identity import ManagedIdentityCredential

API = "https://orders.contoso.example"


def main() -> None:
    token = ManagedIdentityCredential(client_id=os.environ["DAEMON_CLIENT_ID"]).get_token(f"{API}/.default").token
    booked = httpx2.post(f"{API}/shipments", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    booked.raise_for_status()
    for supplier in os.environ["SUPPLIER_URLS"].split():
        # the supplier in Riga has a certificate of its own making
        httpx2.post(f"{supplier}/shipments", json=booked.json(), timeout=60, verify=False)


if __name__ == "__main__":
    main()
