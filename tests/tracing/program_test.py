#!/usr/bin/env python3
"""The program's tracing as operators use it: variables of the environment, a collector, or none.

  program_test.py PROJECT-FOLDER LEAT-PROGRAM        with LEAT_REDIS naming a private server
"""
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

PROJECT, PROGRAM = pathlib.Path(sys.argv[1]), sys.argv[2]
AGENT = f"python3 {PROJECT}/examples/exec/agent.py"
TRACE = "0af7651916cd43dd8448eb211c80319c"
GIVEN = f"00-{TRACE}-b7ad6b7169203331-01"


class Collector:
    """Keeps the requests of OTLP; answers none of them while `held`."""

    def __init__(self, held=False):
        self.requests = []
        self.release = threading.Event()
        if not held:
            self.release.set()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((self.path, dict(self.headers), json.loads(body)))
                collector.release.wait()
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()

    def spans(self):
        return [span for _, _, body in self.requests for span in body["resourceSpans"][0]["scopeSpans"][0]["spans"]]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def attributes(item):
    return {attribute["key"]: next(iter(attribute["value"].values())) for attribute in item["attributes"]}


class Tracing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def environment(self, **variables):
        plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        return {**plain, "no_proxy": "127.0.0.1", **variables}

    def leat(self, *arguments, **variables):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder.name, env=self.environment(**variables),
                              capture_output=True, text=True, timeout=120)

    def worker(self, agent, *arguments, **variables):
        """A running worker, and its log once it has ended."""
        process = subprocess.Popen([PROGRAM, "worker", "--agent", agent, "--exec", AGENT, *arguments],
                                   cwd=self.folder.name, env=self.environment(**variables), stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, log)
        return log

    def test_dispatch_and_worker_send_their_spans(self):
        collector = Collector()
        self.addCleanup(collector.close)
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "words-service",
                     "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b"}
        worker = self.worker("words", **variables)
        done = self.leat("dispatch", "words", '{"text":"to be"}', "--id", "t-1", "--traceparent", GIVEN, "--wait=60s",
                         **variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        log = self.stop(worker)
        self.assertIn(f"tracing detail=\"{collector.url}/v1/traces\"", log)
        path, headers, body = collector.requests[0]
        self.assertEqual(path, "/v1/traces")
        self.assertEqual(headers["x-key"], "a b")
        self.assertEqual(attributes(body["resourceSpans"][0]["resource"])["service.name"], "words-service")
        spans = {span["name"]: span for span in collector.spans()}
        self.assertEqual(sorted(spans), ["dispatch words", "run words"])
        self.assertEqual(spans["dispatch words"]["parentSpanId"], "b7ad6b7169203331")
        self.assertEqual(spans["run words"]["parentSpanId"], spans["dispatch words"]["spanId"])
        self.assertEqual({span["traceId"] for span in spans.values()}, {TRACE})
        run = attributes(spans["run words"])
        self.assertEqual((run["messaging.message.id"], run["leat.attempt"], run["leat.outcome"]), ("t-1", "1", "success"))

    def test_a_collector_that_is_away_costs_spans_and_nothing_else(self):
        port = free_port()
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
        worker = self.worker("away", "--set", f"worker.metrics=127.0.0.1:{port}", **variables)
        done = self.leat("dispatch", "away", '{"text":"to be"}', "--wait=60s", **variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"not sent to the collector: 1 \(no answer")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            metrics = answer.read().decode()
        self.assertRegex(metrics, "leat_spans_exported_total 0\n")
        self.assertRegex(metrics, r'leat_spans_dropped_total\{cause="collector"\} \d')
        log = self.stop(worker)
        self.assertRegex(log, "spans_dropped count=1 detail=\"no answer")

    def test_a_slow_collector_is_not_waited_for(self):
        collector = Collector(held=True)
        self.addCleanup(collector.close)
        done = self.leat("dispatch", "slow", "1", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not sent to the collector: 1 ", done.stderr)

    def test_nothing_is_sent_where_nobody_asks(self):
        collector = Collector()
        self.addCleanup(collector.close)
        for variables in ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SDK_DISABLED": "true"}):
            done = self.leat("dispatch", "nobody", "1", **variables)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(collector.requests, [])

    def test_mistakes_are_told_before_any_work(self):
        for arguments in (["worker", "--agent", "a", "--exec", "cat"], ["dispatch", "a", "1"]):
            wrong = self.leat(*arguments, OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318", OTEL_EXPORTER_OTLP_HEADERS="k=v")
            self.assertEqual(wrong.returncode, 2, wrong.stderr)
            self.assertIn("OTEL_EXPORTER_OTLP_ENDPOINT", wrong.stderr)
        wrong = self.leat("dispatch", "a", "1", "--traceparent", "00-1-2-03")
        self.assertEqual(wrong.returncode, 2, wrong.stderr)
        self.assertTrue(re.search("traceparent .* leave it out", wrong.stderr), wrong.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
