#!/usr/bin/env python3
"""Watches memory while Leat works, and draws it.

  soak.py PROGRAM BENCH FILE [ARGUMENT…]
    PROGRAM   the program `leat`, a release build
    BENCH     a benchmark of it: soak, noop
    FILE      FILE.tsv and FILE.svg are written
    ARGUMENT  of the benchmark: --tasks 2000000

Starts a private redis-server, runs the benchmark against it and looks every second at both processes.
"""
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
FIELDS = ("seconds", "redis_used_mib", "redis_rss_mib", "leat_rss_mib", "dispatched", "finished")


class Redis:
    """A private redis-server, without persistence, and INFO and HMGET of it."""

    def __init__(self, folder):
        path = folder / "redis.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder, "--logfile", "log"])
        self.url = f"unix://{path}"
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(500):
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.01)
        self.stream = self.socket.makefile("rwb")

    def ask(self, *words):
        self.stream.write(b"*%d\r\n" % len(words))
        for word in words:
            self.stream.write(b"$%d\r\n%s\r\n" % (len(word), word.encode()))
        self.stream.flush()
        return self.read()

    def read(self):
        line = self.stream.readline()[:-2].decode()
        if line[0] == "*":
            return [self.read() for _ in range(int(line[1:]))]
        if line[0] == "$":
            return None if line == "$-1" else self.stream.read(int(line[1:]) + 2)[:-2].decode()
        return line[1:]

    def memory(self):
        info = self.ask("INFO", "memory")
        return {name: int(value) for name, value in re.findall(r"^(used_memory|used_memory_rss|used_memory_peak):(\d+)", info, re.M)}

    def totals(self, agents):
        sums = {"dispatched": 0, "succeeded": 0}
        for agent in agents:
            for name, value in zip(sums, self.ask("HMGET", f"leat-bench:{{{agent}}}:stats", *sums)):
                sums[name] += int(value or 0)
        return sums

    def stop(self):
        self.process.terminate()
        self.process.wait()


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def watch(program, bench, arguments):
    """One row of FIELDS a second while the benchmark runs; what it printed."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="leat-soak-") as folder:
        redis = Redis(pathlib.Path(folder))
        run = subprocess.Popen([program, "bench", bench, "--redis", redis.url, "--json", *arguments], stdout=subprocess.PIPE)
        started = time.monotonic()
        while run.poll() is None:
            memory, totals = redis.memory(), redis.totals((bench, "both"))
            rows.append((time.monotonic() - started, memory["used_memory"] / MIB, memory["used_memory_rss"] / MIB,
                         resident(run.pid) / MIB, totals["dispatched"], totals["succeeded"]))
            time.sleep(max(0, started + len(rows) - time.monotonic()))
        report = run.stdout.read().decode().strip().splitlines()[-1:]
        redis.stop()
    if run.returncode != 0:
        sys.exit(f"leat bench {bench} ended with {run.returncode}")
    return rows, "".join(report)


def round_up(value):
    """The next of 1, 2, 5, 10, 20 …"""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10


# With a page of its own, so that it can be read wherever it is shown.
STYLE = """
  .page { fill: #fff } text { font: 12px system-ui, sans-serif; fill: #333 } .axis { stroke: #999 } .grid { stroke: #ddd }
  .line { fill: none; stroke-width: 2 } .a { stroke: #0b62c4 } .b { stroke: #b3541e } .fa { fill: #0b62c4 } .fb { fill: #b3541e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #161b22 } text { fill: #ddd } .axis { stroke: #777 } .grid { stroke: #333 }
    .a { stroke: #6db3ff } .b { stroke: #ffab70 } .fa { fill: #6db3ff } .fb { fill: #ffab70 }
  }
"""


def draw(rows, title):
    """The two memories over time, as SVG that is readable on light and dark pages."""
    width, height, left, top, right, bottom = 760, 300, 60, 40, 20, 40
    seconds = max(1, rows[-1][0])
    mib = round_up(max(max(row[1], row[3]) for row in rows) * 1.05)

    def x(second):
        return left + (width - left - right) * second / seconds

    def y(value):
        return height - bottom - (height - top - bottom) * value / mib

    def line(column, name):
        points = " ".join(f"{x(row[0]):.1f},{y(row[column]):.1f}" for row in rows)
        return f'<polyline class="line {name}" points="{points}"/>'

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"><title>{title}</title>',
             f"<style>{STYLE}</style>", f'<rect class="page" width="{width}" height="{height}" rx="6"/>', f'<text x="{left}" y="18">{title}</text>',
             f'<text class="fa" x="{left}" y="34">used_memory of Redis, MiB</text>',
             f'<text class="fb" x="{left + 200}" y="34">resident memory of leat (worker and producer), MiB</text>']
    for i in range(5):
        value = mib * i / 4
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        second = seconds * i / 4
        parts.append(f'<text x="{x(second):.1f}" y="{height - 18}" text-anchor="middle">{second:.0f} s</text>')
    parts.append(f'<line class="axis" x1="{left}" x2="{width - right}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>')
    return "\n".join(parts + [line(1, "a"), line(3, "b"), "</svg>"]) + "\n"


def mean(rows, column):
    return sum(row[column] for row in rows) / max(1, len(rows))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, bench, file, *arguments = sys.argv[1:]
    rows, report = watch(program, bench, arguments)
    lines = ["\t".join(FIELDS)] + ["\t".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in row) for row in rows]
    pathlib.Path(file + ".tsv").write_text("\n".join(lines) + "\n")
    pathlib.Path(file + ".svg").write_text(draw(rows, f"leat bench {' '.join([bench, *arguments])}"))
    print(report)
    quarter = len(rows) // 4
    second, last = rows[quarter : 2 * quarter], rows[3 * quarter :]
    for column, name in ((1, "used_memory of Redis"), (3, "resident memory of leat")):
        print(f"{name}: {max(row[column] for row in rows):.1f} MiB at most; second quarter {mean(second, column):.1f}, "
              f"last quarter {mean(last, column):.1f} MiB on average")


if __name__ == "__main__":
    main()
