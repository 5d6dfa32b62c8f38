"""The page that tells how to collect evidence names files as the collectors know them."""

import re
from pathlib import Path

import pytest

from ztcheck import catalogue
from ztcheck.collectors.ci.settings import KINDS as CODE_HOST
from ztcheck.collectors.manifest.documents import SHAPES as REGISTRATION
from ztcheck.collectors.tenant_export.kinds import KINDS as TENANT

PAGE = (Path(__file__).parents[2] / "docs" / "verify" / "collect-evidence.md").read_text(encoding="utf-8")
KINDS = {
    "manifest": {re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower() for kind in REGISTRATION},
    "ci": {kind.replace("_", "-") for kind in CODE_HOST.shapes},
    "tenant-export": {kind.replace("_", "-") for kind in TENANT.shapes},
}


@pytest.mark.parametrize("collector", KINDS)
def test_every_kind_of_export_has_its_command(collector):
    form = r"(/{0}\.json|`{0}\.json`|\s{0}$)"
    assert [kind for kind in KINDS[collector] if not re.search(form.format(kind), PAGE, re.MULTILINE)] == []


@pytest.mark.parametrize("collector", KINDS)
def test_every_check_is_listed(collector):
    assert f'{{{{ checks_of("{collector}") }}}}' in PAGE
    assert any(check.collector == collector for check in catalogue.default().checks.values())
