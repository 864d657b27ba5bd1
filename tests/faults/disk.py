"""A small disk of its own, which can be made full: for the server's evidence and for each phone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path


def skip(reason: str) -> None:
    """Say what is left out, and why: a bench that is silent about it would seem to have tried."""
    print(f"skipped: {reason}", file=sys.stderr, flush=True)


class Disk:
    """A tmpfs of `size` bytes at `folder`; where none is wanted or can be mounted, a folder never full."""

    def __init__(self, folder: Path, size: int, *, mount: bool = True) -> None:
        self.folder, self.size, self.mounted = folder, size, False
        folder.mkdir()
        if not mount:
            return
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True
        )
        self.mounted = done.returncode == 0
        if not self.mounted:
            skip(f"full disk (a small disk cannot be mounted: {done.stderr.decode().strip()})")

    def fill(self, left: int) -> bool:
        """Leave room for `left` bytes. Whether no larger file can be written then."""
        if not self.mounted:
            return False
        stat = os.statvfs(self.folder)
        self._resize((stat.f_blocks - stat.f_bfree) * stat.f_frsize + left)
        probe = self.folder / "probe"
        try:
            probe.write_bytes(bytes(left + 65_536))
        except OSError as error:
            return error.errno == errno.ENOSPC
        finally:
            if left:  # else what little of it was written is what makes the disk full
                probe.unlink(missing_ok=True)
        return False

    def free(self) -> None:
        """There is room again."""
        if self.mounted:
            self._resize(self.size)
            (self.folder / "probe").unlink(missing_ok=True)

    def _resize(self, size: int) -> None:
        command = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        subprocess.run(command, check=False, capture_output=True)

    def remove(self) -> None:
        """Unmount it."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)
