"""Background work of documents: the further parts (存根, 街道) of what was issued."""

from __future__ import annotations

import uuid

from server.core import jobs
from server.core.db import db
from server.documents import copies


@jobs.task("documents.copies")
def print_copies(document_id: str) -> None:
    """Print the parts of a document that are not there yet."""
    copies.print_missing(db.session(), uuid.UUID(document_id))
