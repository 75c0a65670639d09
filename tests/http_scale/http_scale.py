#!/usr/bin/env python3
"""Asks a server with very many tasks for everything, and fails where an answer took above 100 ms at the server or Redis
noted a command above 10 ms.

    with_redis.sh http_scale.py LEAT [--tasks 1000000] [--pages "node FILE"] [--passes 3] [--tell] [--lenient]

LEAT_REDIS and REDIS_SOCKET name an empty private Redis. A pass in which something was slow is repeated, and one pass
has to be without anything slow: what is slow by itself is slow each time, what the machine's other work held up is not.
--pages is run with the server's address, to
open every page. --tell prints the slowest operations. --lenient allows ten times as much, for a program without
optimisation on a machine with other work: what reads everything is found all the same.
"""
import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import time

import redis as redis_client

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fill import fill  # noqa: E402

SLOW_COMMAND_US = 10_000
LIMITS = {False: "0.1", True: "1"}  # seconds, strict and lenient: bounds of the histogram

READS = """
healthz
readyz
metrics
v1/openapi.json
v1/session
v1/overview
v1/stats?minutes=50
v1/redis
v1/doctor
v1/workers
v1/alerts
v1/pending?limit=200
v1/pending?agent=bulk
v1/tasks
v1/tasks?state=cancelled
v1/tasks?id=bulk-normal0-1
v1/tasks?agent=bulk&state=ready&limit=1000
v1/tasks?agent=bulk&state=ready&newer_than=1s
v1/tasks?agent=bulk&state=ready&older_than=1m
v1/tasks?agent=bulk&state=running&limit=1000
v1/tasks?agent=later&state=scheduled&limit=1000
v1/tasks?agent=later&state=scheduled&older_than=1h
v1/tasks?agent=history&state=succeeded&limit=1000
v1/tasks?agent=history&state=succeeded&older_than=1d
v1/tasks?agent=history&state=cancelled
v1/tasks?agent=history&state=expired&newer_than=1h
v1/tasks?agent=failed&state=dead&limit=1000
v1/tasks/bulk/bulk-normal0-1
v1/tasks/bulk/bulk-normal0-250
v1/tasks/bulk/bulk-normal2500-1
v1/tasks/later/later-0-1
v1/tasks/history/history-0-1/log
v1/tasks/history/history-0-1
v1/tasks/failed/failed-dead0-1
v1/agents?limit=1000
v1/agents/bulk
v1/agents/history/stats?minutes=1440&step=15
v1/agents/history/stats?minutes=1440
v1/agents/history/results?limit=1000
v1/agents/failed/dead?limit=1000
v1/agents/failed/dead/groups
v1/agents/failed/dead/failed-dead0-1
v1/replays
""".split()


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--json", "serve", "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = json.loads(self.process.stdout.readline())["http"]
        self.address = self.url.removeprefix("http://")
        self.connection = http.client.HTTPConnection(self.address, timeout=120)

    def call(self, verb, path, body=None, wanted=(200, 201, 202)):
        headers = {"X-Leat-Request": "1"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(verb, "/" + path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status not in wanted:
            raise SystemExit(f"{verb} /{path}: {answer.status} {text[:500]}")
        return text

    def times(self, lenient=False):
        """Requests by operation: all, and those within the limit; and the sum of seconds."""
        found = {}
        for line in self.call("GET", "metrics").splitlines():
            match = re.match(r'leat_http_request_seconds_(bucket|count|sum)\{operation="(\w+)"(?:,le="([^"]+)")?\} (.*)',
                             line)
            if not match:
                continue
            kind, operation, bound, value = match.groups()
            counts = found.setdefault(operation, {"all": 0, "fast": 0, "sum": 0.0})
            if kind == "count":
                counts["all"] = float(value)
            elif kind == "sum":
                counts["sum"] = float(value)
            elif bound == LIMITS[lenient]:
                counts["fast"] = float(value)
        return found

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def changes(server, run):
    """Every change, on tasks of this run."""
    server.call("POST", "v1/tasks", {"agent": "bulk", "id": f"new-{run}", "payload": {"n": run}})
    server.call("POST", "v1/tasks/batch", {"tasks": [{"agent": "small-001", "payload": n} for n in range(1000)]})
    server.call("POST", f"v1/tasks/bulk/new-{run}/move", {"priority": 1})
    server.call("POST", f"v1/tasks/bulk/new-{run}/cancel")
    server.call("POST", f"v1/tasks/failed/failed-dead0-{run + 2}/retry")
    server.call("POST", "v1/agents/bulk/pause")
    server.call("POST", "v1/agents/bulk/resume")
    server.call("POST", f"v1/agents/failed/dead/failed-dead0-{run + 20}/replay")
    server.call("POST", "v1/agents/failed/dead/replay", {"letters": [f"failed-dead0-{run + 40}"]})
    replay = json.loads(server.call("POST", "v1/agents/failed/dead/replay", {"all": True, "rate": 1, "dry_run": True}))
    server.call("GET", "v1/replays/" + replay["id"])
    server.call("POST", f"v1/replays/{replay['id']}/stop")
    server.call("POST", "v1/agents/failed/dead/purge", {"older_than": "30d"})
    server.call("POST", "v1/session", {"token": "none is needed"})


def one_pass(server, redis, run, options):
    """What was slow, each by what it is: its command without numbers, or its operation."""
    before = server.times(options.lenient)
    redis.slowlog_reset()
    for path in READS:
        server.call("GET", path)
    changes(server, run)
    if options.pages:
        subprocess.run(options.pages.split() + [server.url], check=True)
        server.connection.close()  # idle for so long that the server has closed it too; the next call opens another
    slow = {}
    for entry in redis.slowlog_get(100):
        text = entry["command"] if isinstance(entry["command"], str) else entry["command"].decode(errors="replace")
        slow[re.sub(r"\d+", "N", text)] = f"Redis: {entry['duration'] / 1000:.1f} ms for {text[:120]!r}"
    for operation, counts in server.times(options.lenient).items():
        earlier = before.get(operation, {"all": 0, "fast": 0})
        late = (counts["all"] - earlier["all"]) - (counts["fast"] - earlier["fast"])
        if late > 0:
            slow[operation] = f"{operation}: {late:.0f} above {LIMITS[options.lenient]} s"
    return slow


def untouched(server):
    """Operations of the description that were never timed, event streams aside."""
    description = json.loads(server.call("GET", "v1/openapi.json"))
    operations = {method["operationId"] for path in description["paths"].values() for method in path.values()
                  if isinstance(method, dict) and "operationId" in method}
    return operations - set(server.times()) - {"followOverview", "followTask", "closeSession"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("leat")
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--pages")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--tell", action="store_true")
    parser.add_argument("--lenient", action="store_true")
    options = parser.parse_args()
    redis = redis_client.Redis(unix_socket_path=os.environ["REDIS_SOCKET"], decode_responses=True)
    begun = time.monotonic()
    fill(redis, options.tasks)
    redis.config_set("slowlog-log-slower-than", SLOW_COMMAND_US * (10 if options.lenient else 1))
    print(f"{options.tasks} tasks in {time.monotonic() - begun:.0f} s, "
          f"{redis.info('memory')['used_memory'] // 2**20} MiB", flush=True)
    server = Server(options.leat)
    try:
        for run in range(options.passes):
            slow = one_pass(server, redis, run, options)
            print(f"pass {run + 1}: " + ("; ".join(slow.values()) or "nothing slow"), flush=True)
            if not slow:
                break
        missing = untouched(server)
        if options.tell:
            means = sorted(((of["sum"] / of["all"], name) for name, of in server.times().items()), reverse=True)
            for mean, name in means[:12]:
                print(f"  {name}: {mean * 1000:.1f} ms on average")
    finally:
        server.stop()
    if missing:
        raise SystemExit("never asked: " + ", ".join(sorted(missing)))
    if slow:
        raise SystemExit("something was slow in every pass")


main()
