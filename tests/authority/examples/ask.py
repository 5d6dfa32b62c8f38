"""Sends each sample token to the orders API and prints what it answers."""

import json
from pathlib import Path

import httpx2

tokens = json.loads(Path("entra.json").read_text())["tokens"]
for name, token in {"no token": None, **tokens}.items():
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx2.get("http://127.0.0.1:8000/orders", headers=headers)
    print(answer.status_code, name)
