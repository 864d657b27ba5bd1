"""What a production start refuses, in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.accounts.models import User
from server.accounts.rules import DEMO_PASSWORD
from server.accounts.sessions import hash_password
from server.app import create_app
from server.core.config import InsecureSettings, Settings
from server.core.db import db
from tests.factories import database, world

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (Settings(environment="production", demo=True, public_origin="https://x.example"), "demo data"),
        (Settings(environment="production", public_origin="http://x.example"), "https"),
        (Settings(environment="production"), "https"),
    ],
)
def test_unsafe_settings_are_refused(settings: Settings, word: str) -> None:
    with pytest.raises(InsecureSettings, match=word):
        create_app(settings)


def test_a_safe_production_app_marks_its_cookie(tmp_path: Path) -> None:
    settings = Settings(
        environment="production",
        public_origin="https://x.example",
        database_url="postgresql:///unused",
        var=tmp_path,
    )
    assert create_app(settings).extensions["settings"].secure


def _upgrade(url: str, var: Path) -> subprocess.CompletedProcess[str]:
    environ = dict(os.environ) | {
        "DATABASE_URL": url,
        "VAR": str(var),
        "XUNJIAN_ENVIRONMENT": "production",
        "XUNJIAN_PUBLIC_ORIGIN": "https://x.example",
        "XUNJIAN_DEMO": "0",
    }
    command = [sys.executable, "-m", "server.cli", "db", "upgrade"]
    return subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_production_refuses_the_demo_password(tmp_path: Path) -> None:
    with database.clone() as url:
        app = create_app(Settings(database_url=url, var=tmp_path))
        with app.app_context():
            world.build(db.session())
            db.session.commit()
        assert _upgrade(url, tmp_path).returncode == 0
        with app.app_context():
            clerk = db.session.query(User).filter_by(username="he").one()
            clerk.username, clerk.password_hash = "street01", hash_password(DEMO_PASSWORD)
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        refused = _upgrade(url, tmp_path)
        assert refused.returncode == 1
        assert refused.stderr.strip().splitlines()[-1].startswith("Error: production refuses")
