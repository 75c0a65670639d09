"""Writes docs/benchmarks.md and its plots from what the benchmarks answered."""
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

# As the project's plots look: a page of their own, readable on light and dark.
STYLE = """
  .page { fill: #fff } text { font: 12px system-ui, sans-serif; fill: #333 } .axis { stroke: #999 }
  .a { fill: #0b62c4 } .b { fill: #b3541e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #161b22 } text { fill: #ddd } .axis { stroke: #777 } .a { fill: #6db3ff } .b { fill: #ffab70 }
  }
"""
PHASES = ("dispatch", "drain", "both")


def whole(number):
    return f"{number:,.0f}"


def rate(phase):
    return f"{whole(phase['tasks_per_s'])} ({whole(phase['tasks_per_s_min'])}–{whole(phase['tasks_per_s_max'])})"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def commands(answers):
    return "```sh\n" + "\n".join(dict.fromkeys(answer["command"] for answer in answers)) + "\n```\n"


def bars(title, groups):
    """A plot of horizontal bars: groups are (label, [(class, value, text)…])."""
    left, width, line, top = 190, 760, 18, 44
    most = max(value for _, parts in groups for _, value, _ in parts) or 1
    parts, y = [], top
    for label, group in groups:
        parts.append(f'<text x="{left - 8}" y="{y + 13 + line * (len(group) - 1) / 2:.0f}" text-anchor="end">{label}</text>')
        for name, value, text in group:
            length = (width - left - 130) * value / most
            parts.append(f'<rect class="{name}" x="{left}" y="{y + 2}" width="{max(length, 1):.1f}" height="{line - 4}"/>')
            parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 13}">{text}</text>')
            y += line
        y += 8
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 12}" role="img"><title>{title}</title>',
            f"<style>{STYLE}</style>", f'<rect class="page" width="{width}" height="{y + 12}" rx="6"/>',
            f'<text x="16" y="24">{title}</text>', f'<line class="axis" x1="{left}" x2="{left}" y1="{top - 4}" y2="{y}"/>']
    return "\n".join(head + parts + ["</svg>"]) + "\n"


def phases(answer):
    return {phase["phase"]: phase for phase in answer["phases"]}


def pairs(answers):
    """Runs of `limit` with the runs of `noop` at the same settings."""
    for ceiling in (answer for answer in answers if answer["bench"] == "limit"):
        for answer in answers:
            alike = answer["appendonly"] == ceiling["appendonly"] and answer["batch"] in (0, ceiling["batch"])
            if answer["bench"] == "noop" and alike and (answer["batch"] == ceiling["batch"]) == ("--batch" in ceiling["command"]):
                yield ceiling, answer


def against_limit(answers, name):
    rows = []
    for ceiling, answer in pairs(answers):
        limits, reached = phases(ceiling), phases(answer)
        for phase in PHASES:
            most, got = limits[phase], reached[phase]
            share = got["tasks_per_s"] / most["tasks_per_s"]
            own = got["own_cpu_us_per_task"] / got["redis_cpu_us_per_task"]
            rows.append((name(answer), phase, rate(most), rate(got), f"{100 * share:.0f} %", f"{most['redis_cpu_us_per_task']:.1f}",
                         f"{got['redis_cpu_us_per_task']:.1f}", f"{got['own_cpu_us_per_task']:.1f}", f"{100 * own:.0f} %",
                         slowest(got)))
    heads = ("", "step", "`limit`: tasks/s", "`noop`: tasks/s", "of the limit", "`limit`: Redis µs", "`noop`: Redis µs", "own µs",
             "own of Redis'", "slowest call")
    return table(heads, rows)


def slowest(*phases):
    found = [phase["slowest_call_ms"] for phase in phases if "slowest_call_ms" in phase]
    if not found:
        return "-"
    return f"{max(found):.1f} ms" if max(found) else "< 1 ms"


def limit(answers):
    groups = [(f"{phase}, AOF {ceiling['appendonly']}",
               [("a", phases(ceiling)[phase]["tasks_per_s"], f"limit {whole(phases(ceiling)[phase]['tasks_per_s'])}"),
                ("b", phases(answer)[phase]["tasks_per_s"], f"noop {whole(phases(answer)[phase]['tasks_per_s'])}")])
              for ceiling, answer in pairs(answers) for phase in PHASES]
    (DOCS / "bench-limit.svg").write_text(bars("tasks a second: what the server can do, and what Leat reaches", groups))
    return ("### The ceiling, and what Leat reaches of it\n\n![tasks a second](bench-limit.svg)\n\n"
            + against_limit(answers, lambda answer: f"AOF {answer['appendonly']}"))


def batches(answers):
    return ("### Sizes of batches\n\nTasks in one call of a script. Alone, a task pays for a round trip, a system call on each side and "
            "the begin of a script.\n\n" + against_limit(answers, lambda answer: f"batch {answer['batch']}"))


def variants(title, label):
    def part(answers):
        rows = []
        for answer in answers:
            found = phases(answer)
            rows.append((label(answer), *(rate(found[phase]) for phase in PHASES), f"{found['both']['redis_cpu_us_per_task']:.1f}",
                         f"{found['both']['own_cpu_us_per_task']:.1f}", slowest(*(found[phase] for phase in PHASES))))
        heads = ("", "dispatch, tasks/s", "drain, tasks/s", "both, tasks/s", "both: Redis µs", "both: own µs", "slowest call")
        return f"### {title}\n\n" + table(heads, rows)
    return part


def milliseconds(latency):
    return [f"{latency[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]


def latency(answers):
    rows = [(phase["phase"], phase["latency"]["of"], *milliseconds(phase["latency"]), whole(phase["tasks_per_s"]))
            for answer in answers for phase in answer["phases"]]
    return ("### Latency\n\nAn open loop: tasks come at their time, whatever became of the others.\n\n"
            + table(("pace", "of", "p50 ms", "p95 ms", "p99 ms", "max ms", "tasks/s"), rows))


def article(answers):
    rows, groups = [], []
    for answer in answers:
        for full, half in zip(answer["phases"][::2], answer["phases"][1::2]):
            name = full["phase"].removesuffix(", all busy")
            groups.append((name, [("a", 100 * full["of_possible"], f"{100 * full['of_possible']:.1f} %")]))
            rows.append((name, whole(full["tasks_per_s_min"] * 3600) if full["tasks_per_s"] > 9 else whole(3600 * full["tasks"] / full["seconds"]),
                         f"{100 * full['of_possible']:.1f} %", *milliseconds(half["latency"])[:3], half["tasks"],
                         f"{full['own_rss_mib']:.0f}", f"{full['redis_rss_mib']:.0f}"))
    (DOCS / "bench-slots.svg").write_text(bars("of the tasks that the slots allow, with all of them busy", groups))
    heads = ("slots", "tasks/hour", "of the possible", "added: p50 ms", "p95 ms", "p99 ms", "samples", "leat MiB", "Redis MiB")
    return ("### Slow handlers\n\nAll slots busy: the rate against what the slots allow. Half busy: what Leat adds to the time of a "
            "handler, from dispatch to its end. The memory is that of the benchmark's process, client and worker together.\n\n"
            "![of the possible](bench-slots.svg)\n\n" + table(heads, rows))


def crowds(answers):
    rows = []
    for answer in answers:
        for phase in answer["phases"]:
            late = milliseconds(phase["latency"]) if "latency" in phase else ["-"] * 4
            size = whole(phase["redis_bytes_per_task"]) if "redis_bytes_per_task" in phase else "-"
            rows.append((phase["phase"], f"{phase['seconds']:.2f}", rate(phase), *late[::2], size, f"{phase['own_rss_mib']:.0f}",
                         f"{phase['redis_rss_mib']:.0f}", slowest(phase)))
    heads = ("", "seconds", "tasks/s", "late: p50 ms", "p99 ms", "Redis bytes/task", "leat MiB", "Redis MiB", "slowest call")
    return "### Crowds\n\nLateness is from the due time to the handler's start.\n\n" + table(heads, rows)


def subprocesses(answers):
    rows = [(phase["phase"], rate(phase), f"{phase['own_cpu_us_per_task']:.0f}") for answer in answers for phase in answer["phases"]]
    return "### Subprocesses\n\nEach answers at once.\n\n" + table(("", "tasks/s", "own µs/task"), rows)


PARTS = {
    "limit": limit,
    "batches": batches,
    "payloads": variants("Sizes of payloads", lambda answer: f"{whole(answer['payload_bytes'])} bytes"),
    "agents": variants("Agents that share the work", lambda answer: f"{answer['agents']}"),
    "processes": variants("Processes that work", lambda answer: f"{answer['processes']} (in `both`)"),
    "latency": latency,
    "article": article,
    "fanout": crowds,
    "exec": subprocesses,
}


def write(answers):
    """Replaces the figures of docs/benchmarks.md; the text around them stays."""
    first = answers[0]
    days = sorted({answer["date"] for answer in answers})
    text = (f"Leat {first['version']}, preset `release`; Redis {first['redis']} on a unix socket; {first['machine']}; "
            f"{' to '.join(dict.fromkeys((days[0], days[-1])))}. Each figure is the median of {first['runs']} runs, in brackets the least and the "
            "most. Client, worker and Redis share the machine.\n\n")
    for part, render in PARTS.items():
        own = [answer for answer in answers if answer["part"] == part]
        if own:
            text += render(own) + "\n" + commands(own) + "\n"
    file = DOCS / "benchmarks.md"
    page = file.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
    if not pattern.search(page):
        raise SystemExit(f"{file} has no place for the figures")
    file.write_text(pattern.sub(lambda _: BEGIN + "\n\n" + text + END, page))
