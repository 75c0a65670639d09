#!/usr/bin/env python3
"""Runs every benchmark and writes docs/benchmarks.md.

  bench.py PROGRAM [--quick] [--out FILE] [--only PART…] [--steal-max PERCENT]   runs, then writes the documents (not with --quick)
  bench.py --render FILE                                    writes the documents from what earlier runs answered

PROGRAM is a release build of `leat`. FILE gets what each benchmark answered, one JSON document a line. --only runs the
parts that are named and keeps the others of FILE. --steal-max is for virtual machines, see `leat bench noop --help`.
"""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import bench_document

# Parts of the document, and the runs of each. What is compared with each other runs in turn.
PARTS = {
    "limit": [["limit", "--tasks", "200000"], ["noop", "--tasks", "200000"],
              ["limit", "--tasks", "200000", "--aof", "everysec"], ["noop", "--tasks", "200000", "--aof", "everysec"]],
    "batches": [[bench, "--tasks", tasks, "--batch", batch]
                for batch, tasks in (("1", "20000"), ("10", "100000"), ("100", "200000")) for bench in ("limit", "noop")],
    "payloads": [["noop", "--payload", size, "--tasks", tasks]
                 for size, tasks in (("100", "200000"), ("1000", "100000"), ("10000", "20000"), ("100000", "3000"))],
    "agents": [["noop", "--tasks", "120000", "--agents", agents] for agents in ("1", "4", "12")],
    "processes": [["noop", "--tasks", "200000", "--processes", count] for count in ("1", "2")],
    "latency": [["latency", "--tasks", "500"]],
    "article": [["article", "--run-ms", "7500"], ["article", "--run-ms", "75"], ["article", "--run-ms", "50", "--slots", "1000"]],
    "fanout": [["fanout"], ["delayed"]],
    "exec": [["exec"]],
}


def run(program, part, arguments, quick, steal_max):
    command = ["leat", "bench", *arguments, *(["--steal-max", steal_max] if steal_max else [])]
    print(" ".join(command), file=sys.stderr)
    done = subprocess.run([program, *command[1:], "--json", *(["--quick"] if quick else [])], stdout=subprocess.PIPE, check=True)
    answer = json.loads(done.stdout)
    return {"part": part, "command": " ".join(command), "date": datetime.date.today().isoformat(), **answer}


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", nargs="?")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/release/bench.jsonl"))
    arguments.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    arguments.add_argument("--steal-max")
    arguments.add_argument("--render", type=pathlib.Path)
    given = arguments.parse_args()
    if given.render:
        bench_document.write(read(given.render))
        return
    if not given.program:
        arguments.error("name the program")
    answers = [] if given.quick else [answer for answer in read(given.out) if answer["part"] not in given.only]
    for part in given.only:
        answers += [run(given.program, part, command, given.quick, given.steal_max) for command in PARTS[part]]
    if given.quick:
        return
    answers.sort(key=lambda answer: list(PARTS).index(answer["part"]))
    given.out.write_text("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
    bench_document.write(answers)


if __name__ == "__main__":
    main()
