"""What checkov finds and is accepted has its reason, and is listed for checkov."""

import re

import yaml

from tests.template.stack import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CONFIG = yaml.safe_load((ROOT / ".checkov.yaml").read_text(encoding="utf-8"))


def test_every_finding_that_is_accepted_has_a_reason():
    reasons = dict(re.findall(r"^\| (CKV_AWS_\d+) \| .* \| (.+) \|$", PAGE, re.MULTILINE))

    assert sorted(reasons) == CONFIG["skip-check"]
    assert all(len(reason.split()) > 10 for reason in reasons.values())


def test_what_has_to_be_fixed_is_not_accepted():
    """Reserved concurrency."""
    assert "CKV_AWS_115" not in CONFIG["skip-check"]
