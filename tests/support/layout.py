"""Where things are in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PROJECTS = TESTS / "validator" / "projects"
CASES = TESTS / "validator" / "cases"
SPECS = TESTS / "validator" / "specs"
CREDIT = TESTS / "azure" / "project"
