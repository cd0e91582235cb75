"""Sizes of the functions, and their times from start to first answer: measure.py BUILT ZIPS.

A function runs as Lambda runs it: a process that asks the runtime API for an invocation and posts its answer there. The API is
served here, and so is the one call of AWS that functions with lists make when they start, for the key of cursors. What is
asked of them is the least: a request without a token, or a batch without messages. The functions take turns, so that whatever
else the machine does falls upon all of them.
"""

import http.server
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

LARGEST = 5_000_000
ROUNDS = 15
OVER_HTTP = ["activity", "connections", "mappings", "seats"]
OF_QUEUES = ["backfill", "ingest", "tickets"]
EMPTY = "empty"

REQUEST = {
    "version": "2.0",
    "routeKey": "GET /v1/connections",
    "rawPath": "/v1/connections",
    "rawQueryString": "",
    "headers": {"host": "localhost"},
    "requestContext": {
        "accountId": "000000000000",
        "apiId": "measure",
        "domainName": "localhost",
        "domainPrefix": "localhost",
        "http": {
            "method": "GET",
            "path": "/v1/connections",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "measure",
        },
        "requestId": "1",
        "routeKey": "GET /v1/connections",
        "stage": "$default",
        "time": "01/Jan/2026:00:00:00 +0000",
        "timeEpoch": 1767225600000,
    },
    "isBase64Encoded": False,
}


class Platform(http.server.ThreadingHTTPServer):
    """The runtime API, and what functions ask of AWS when they start."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.event, self.answered, self.answer = {}, threading.Event(), None

    def handle_error(self, request, client_address):
        # A function is ended as soon as its answer is here, whatever it was about to read.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.server.answered.is_set():
            # Nothing more is asked of it; it is ended.
            return time.sleep(60)
        deadline = str(int(time.time() * 1000) + 29_000)
        self.reply(
            self.server.event,
            ("Lambda-Runtime-Aws-Request-Id", "1"),
            ("Lambda-Runtime-Deadline-Ms", deadline),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:measure"),
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/2018-06-01/runtime/"):
            self.server.answer = (self.path.rsplit("/", 1)[-1], body.decode())
            self.server.answered.set()
            return self.reply({"status": "OK"})
        self.reply({"Name": "cursors", "SecretString": "x" * 64})

    def reply(self, body, *headers):
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def environment(port):
    bridge = {
        "SERVER__PUBLIC_URL": "http://localhost",
        "AWS__TABLE": "table",
        "AWS__TICKETS_QUEUE": "tickets",
        "AWS__TASKS_QUEUE": "tasks",
        "AWS__SECRET_PREFIX": "connections",
        "AWS__CURSOR_SECRET": "cursors",
        "AWS__BUS": "bus",
        "LOG__FILTER": "off",
    }
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "measure",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "measure",
        "AWS_LAMBDA_LOG_STREAM_NAME": "measure",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "secret",
        **{f"PSA_BRIDGE__{key}": value for key, value in bridge.items()},
    }


def start(bootstrap, event):
    """Milliseconds from the start of the process to its first answer."""
    platform = Platform()
    platform.event = event
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    began = time.perf_counter()
    process = subprocess.Popen([bootstrap], env=environment(platform.server_address[1]))
    answered = platform.answered.wait(30)
    took = (time.perf_counter() - began) * 1000
    process.kill()
    process.wait()
    platform.shutdown()
    platform.server_close()
    if not answered or platform.answer[0] != "response":
        sys.exit(f"{bootstrap} did not answer: {platform.answer}")
    return took


def main():
    built, zips = Path(sys.argv[1]), Path(sys.argv[2])
    functions = sorted(OVER_HTTP + OF_QUEUES)
    bootstraps = {name: built / name for name in functions} | {EMPTY: built / "examples" / EMPTY}
    print(f"{'function':<12} {'bootstrap':>12} {'zipped':>12}")
    too_large = []
    for name, bootstrap in bootstraps.items():
        (zips / name).mkdir(parents=True, exist_ok=True)
        packed = zips / name / "bootstrap.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            file.write(bootstrap, "bootstrap")
        size = packed.stat().st_size
        print(f"{name:<12} {bootstrap.stat().st_size / 1e6:>9.2f} MB {size / 1e6:>9.2f} MB")
        if size > LARGEST:
            too_large.append(name)
    times = {name: [] for name in bootstraps}
    for _ in range(ROUNDS):
        for name, bootstrap in bootstraps.items():
            event = REQUEST if name in OVER_HTTP else {} if name == EMPTY else {"Records": []}
            times[name].append(start(bootstrap, event))
    print(f"\n{'function':<12} {'median':>12} {'fastest':>12}   from start to first answer, {ROUNDS} starts each, in turns")
    for name, took in times.items():
        print(f"{name:<12} {statistics.median(took):>9.1f} ms {min(took):>9.1f} ms")
    if too_large:
        sys.exit(f"larger than {LARGEST / 1e6:.0f} MB zipped: {', '.join(too_large)}")


if __name__ == "__main__":
    main()
