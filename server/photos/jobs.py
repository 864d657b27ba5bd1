"""Background work of the feature."""

from __future__ import annotations

from server.core.clock import now
from server.core.db import db
from server.core.jobs import periodic, task
from server.photos import prints, service, uploading


@task("photos.make_views")
def make_views(sha256: str) -> None:
    """Thumbnail, large view and print copy of one original."""
    service.make_views(db.session(), bytes.fromhex(sha256))


@periodic("17 19 * * *", "photos.forget_abandoned")
def forget_abandoned() -> None:
    """Nightly (03:17 in Shanghai): staging files of uploads that nobody continues, old print copies."""
    uploading.forget_abandoned(now())
    prints.forget(now())
