"""Serves the orders API on this machine for the local Entra ID that entra.json describes."""

import json
import os
from pathlib import Path

import uvicorn
from orders_api import create_app

entra = json.loads(Path("entra.json").read_text())
os.environ["SSL_CERT_FILE"] = entra["ca_file"]  # this process trusts the test CA, and no other does
app = create_app(tenant=entra["tenant"], audience=entra["api"]["client_id"], authority_host=entra["authority_host"])
uvicorn.run(app, host="127.0.0.1", port=8000)
