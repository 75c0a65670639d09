#!/usr/bin/env python3
"""Prometheus scrapes `leat serve`, and the rules and the dashboard ask for metrics that there are.

scrape_test.py SOURCE_DIR LEAT PROMTOOL PROMETHEUS, with LEAT_REDIS set.
"""
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 120  # seconds


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
        return reply.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def query(prometheus, expression):
    """The value of the first sample; None while there is none."""
    try:
        text = get(f"{prometheus}/api/v1/query?query={urllib.parse.quote(expression)}")
    except (urllib.error.URLError, ConnectionError):
        return None  # it starts
    samples = json.loads(text)["data"]["result"]
    return samples[0]["value"][1] if samples else None


def wait_for(prometheus, expression, wanted):
    deadline = time.monotonic() + PATIENCE
    while (value := query(prometheus, expression)) != wanted:
        assert time.monotonic() < deadline, f"{expression} is {value}, not {wanted}"
        time.sleep(0.1)  # another process, which tells nobody when it has scraped


def check_names(source, text):
    """Everything that rules and dashboard ask for is among the metrics."""
    known = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    rules = (source / "deploy/prometheus/leat-alerts.yml").read_text()
    dashboard = (source / "deploy/grafana/leat.json").read_text()
    json.loads(dashboard)
    for name in set(re.findall(r"\bleat_[a-z_]+", rules + dashboard)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert name in known or base in known, f"there is no metric {name}"


def check_scrape(url, prometheus_program):
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        target = url.removeprefix("http://")
        config.write_text("scrape_configs:\n- job_name: leat\n  scrape_interval: 1s\n  scrape_timeout: 1s\n"
                          f"  static_configs:\n  - targets: ['{target}']\n")
        port = free_port()
        process = subprocess.Popen(
            [prometheus_program, f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            server = f"http://127.0.0.1:{port}"
            wait_for(server, 'up{job="leat"}', "1")
            wait_for(server, 'sum(leat_tasks_ready{agent="sentiment"})', "3")
            wait_for(server, "leat_redis_up", "1")
        finally:
            process.terminate()
            process.wait()


def main():
    source, leat, promtool, prometheus = sys.argv[1:]
    serve = subprocess.Popen([leat, "serve", "--listen", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        url = json.loads(serve.stdout.readline())["http"]
        for _ in range(3):
            subprocess.run([leat, "dispatch", "sentiment", '{"text": "x"}'], check=True, stdout=subprocess.DEVNULL)
        text = get(url + "/metrics")
        checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
        assert checked.returncode == 0 and not checked.stderr, checked.stderr
        check_names(pathlib.Path(source), text)
        check_scrape(url, prometheus)
    finally:
        serve.terminate()
        assert serve.wait() == 0, "leat serve did not end well"


main()
