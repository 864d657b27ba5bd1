"""A real S3 server for tests: OpenStack Swift with its S3 interface, one process for each of its four parts.

    python infra/swift/serve.py FOLDER

Makes everything below FOLDER, prints one line `ready http://127.0.0.1:PORT` and runs until it is told to
stop (SIGTERM, or the end of its standard input). Access key `test:tester`, secret `testing`, bucket
`xunjian`.
No container, no root, no memcached; rings with one replica on one device. Not for production: the secret
stands here.
"""

from __future__ import annotations

import getpass
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ACCESS_KEY, SECRET_KEY, BUCKET = "test:tester", "testing", "xunjian"
BIN = Path(sys.executable).parent
PARTS = ("account", "container", "object")
PATIENCE = 60.0  # seconds until the proxy must answer

COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {root}
devices = {root}/devices
mount_check = false
fallocate_reserve = 0
log_level = ERROR
log_address = {root}/no-syslog
"""

PART = """
[pipeline:main]
pipeline = {part}-server

[app:{part}-server]
use = egg:swift#{part}
allow_versions = true
"""

PROXY = """
[pipeline:main]
pipeline = catch_errors healthcheck s3api tempauth slo proxy-server

[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:healthcheck]
use = egg:swift#healthcheck

[filter:s3api]
use = egg:swift#s3api
location = us-east-1

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin .reseller_admin

[filter:slo]
use = egg:swift#slo
"""


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def configure(root: Path, ports: dict[str, int]) -> None:
    """Configuration files and rings."""
    (root / "devices" / "d1").mkdir(parents=True, exist_ok=True)
    (root / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = xunjian-tests\n")
    for name, port in ports.items():
        head = COMMON.format(port=port, user=getpass.getuser(), root=root)
        tail = PROXY if name == "proxy" else PART.format(part=name)
        (root / f"{name}-server.conf").write_text(head + tail)
    for part in PARTS:
        builder = str(root / f"{part}.builder")
        device = f"r1z1-127.0.0.1:{ports[part]}/d1"
        for words in (("create", "4", "1", "0"), ("add", device, "1"), ("rebalance",)):
            command = [sys.executable, str(BIN / "swift-ring-builder"), builder, *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def start(root: Path, name: str) -> subprocess.Popen[bytes]:
    """One server process; what it says goes to FOLDER/NAME.log."""
    command = [sys.executable, str(BIN / f"swift-{name}-server"), str(root / f"{name}-server.conf"), "-v"]
    environ = {**os.environ, "SWIFT_DIR": str(root)}
    with open(root / f"{name}.log", "wb") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, start_new_session=True
        )


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def make_bucket(url: str) -> None:
    import boto3

    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
    )  # fmt: skip
    client.create_bucket(Bucket=BUCKET)


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    root.mkdir(parents=True, exist_ok=True)
    names = (*PARTS, "proxy")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    configure(root, ports)
    children = []
    try:
        children = [start(root, name) for name in names]
        url, end = f"http://127.0.0.1:{ports['proxy']}", time.monotonic() + PATIENCE
        while not answers(f"{url}/healthcheck"):
            if time.monotonic() > end or any(child.poll() is not None for child in children):
                sys.stderr.write(f"swift did not start: see the logs in {root}\n")
                return 1
            time.sleep(0.1)
        make_bucket(url)
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        while all(child.poll() is None for child in children):
            if select.select([sys.stdin], [], [], 1.0)[0] and not os.read(0, 4096):
                return 0
        sys.stderr.write(f"a part of swift died: see the logs in {root}\n")
        return 1
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


if __name__ == "__main__":
    sys.exit(main())
