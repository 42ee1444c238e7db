"""Looking after an archive: examining all of it, backing it up while it is in use, and bringing a backup back."""

from index.care.backup import BackupReport, back_up
from index.care.bundle import opened_bundle, verified_bundle
from index.care.examination import examine
from index.care.findings import Check, Finding, State, is_well
from index.care.leftovers import clear_halves
from index.care.restore import RestoreReport, bring_back

__all__ = [
    "BackupReport",
    "Check",
    "Finding",
    "RestoreReport",
    "State",
    "back_up",
    "bring_back",
    "clear_halves",
    "examine",
    "is_well",
    "opened_bundle",
    "verified_bundle",
]
