"""Where this checkout is."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SHARED_DATA: Final = ROOT.parent / "shared" / "data"
"""Real arrests and court calendars, on machines that have them; elsewhere the tests that use them skip."""
