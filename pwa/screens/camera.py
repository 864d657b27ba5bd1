"""A drawn hazard for the cameras of the pictures.

`camera.py mjpeg ITEM SHA256 OUT` writes the after picture of the take whose overview has that hash, as a
film for the browser's camera. `camera.py jpeg ITEM TAKE VIEW OUT` writes one picture.
ITEM is a code of the catalogue.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from server.demo.phrases import scene_of
from server.demo.scenes import picture, shots_of

FRAMES = 10


def main(kind: str, item: str, *rest: str) -> None:
    scene = scene_of(item)
    if kind == "jpeg":
        take, view, out = rest
        Path(out).write_bytes(picture((scene, int(take), view)))
        return
    sha256, out = rest
    takes = range(shots_of(scene))
    fitting = [take for take in takes if hashlib.sha256(picture((scene, take, "O"))).hexdigest() == sha256]
    Path(out).write_bytes(picture((scene, (fitting or [0])[0], "A")) * FRAMES)


if __name__ == "__main__":
    main(*sys.argv[1:])
