"""Team's files for tests: a right one, and ways to make it wrong."""

from __future__ import annotations

import datetime as dt

TODAY = dt.date(2026, 11, 23)

GOOD = """\
# The orders API, as its team sees it.
version: 1
app: {name: Contoso Orders, owner: Orders team}

profile:
  app_kinds: [web-api, daemon]   # one of each
  audience: [multi-tenant]
  users: [customers]
  calls_apis: [graph]
  acts_as: [itself]
  credentials:
    - managed-identity
  hosting: [azure]
  features: [none]
  code_host: github
  answers_for: [app, delivery]

evidence:
  source: [src]
  manifest:
    - {component: api, path: registrations/api.json, collected_on: 2026-11-20}

declared:
  owned_domains: [contoso.example]
  credential_days: 90

answers:

  # Reviewed together.
  verify-token-signature:
    answer: yes     # see the tests
    by:     Ann
    on: 2026-11-01
    note: |
      Every token goes through one validator.

      It is attacked in CI.

    # Where it is written down.
    link: https://wiki.contoso.example/tokens

  avoid-device-code-flow: {answer: no, by: Ben, on: 2026-11-02}

waivers:
  - practice: avoid-device-code-flow
    owner: Ben
    approved_by: Cleo
    reason: The label printers know no other flow.
    on: 2026-11-10
    until: 2026-12-10
"""


def with_change(old: str, new: str) -> str:
    """Return the right file with *old*, which stands in it once, replaced."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)
