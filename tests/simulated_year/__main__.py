"""`python -m tests.simulated_year NOTICES [SEED] [HOURS]`: the long form; prints its figures as JSON."""

from __future__ import annotations

import json
import sys

from tests.simulated_year import run


def main() -> None:
    notices, seed, hours = (int(text) for text in (sys.argv[1:] + ["1", "24"][len(sys.argv) - 2 :]))
    print(json.dumps(run(notices, seed, hours=hours, kill_each=max(2, 96 // hours)), ensure_ascii=False))


if __name__ == "__main__":
    main()
