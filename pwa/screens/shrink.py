"""Screens into the repository: palettes of 128 colours, fewer where a picture would be too large.

`shrink.py RAW OUT` reads every PNG of RAW, writes it to OUT, removes what OUT has and RAW has not, and
prints the number of files, the largest and all bytes together.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

MOST_BYTES = 250_000


def shrink(source: Path, target: Path) -> int:
    """The size in bytes of the picture that was written."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    for colours in (128, 80, 48):
        # Without dithering text keeps its edges and areas stay even, which PNG packs well.
        flat = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        flat.save(target, "PNG", optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            break
    return target.stat().st_size


def main(raw: str, out: str) -> None:
    sources = sorted(Path(raw).glob("*.png"))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [shrink(source, folder / source.name) for source in sources]
    names = {source.name for source in sources}
    for stale in folder.glob("*.png"):
        if stale.name not in names:
            stale.unlink()
    sys.stdout.write(f"{len(sizes)} {max(sizes, default=0)} {sum(sizes)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
