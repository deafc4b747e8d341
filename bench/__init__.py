"""The benchmarks: `python -m bench.detection`, `bench.scale`, `bench.mass` and the others.

They measure the functions as they are shipped, which live in a folder of their own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "functions"))
