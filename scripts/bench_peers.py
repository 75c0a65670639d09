#!/usr/bin/env python3
"""Runs `leat bench` and the peers of bench/peers in turn; see bench_peers.sh.

  bench_peers.py PROGRAM ROUNDS     with REDIS_SOCKET in the environment
"""
import json
import os
import statistics
import subprocess
import sys

PHASES = ("dispatch", "drain", "both")
LEAT_TASKS, PEER_TASKS = 100_000, 50_000


def rates_of_leat(program, scenario):
    command = [program, "--redis", "unix://" + os.environ["REDIS_SOCKET"], "--json", "bench", scenario, "--tasks", str(LEAT_TASKS), "--runs", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return {phase["phase"]: phase["tasks_per_s"] for phase in json.loads(done.stdout)["phases"]}


def rates_of_peer(name):
    command = ["node", f"bench/peers/{name}.mjs", os.environ["REDIS_SOCKET"], str(PEER_TASKS)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main():
    program, rounds = sys.argv[1], int(sys.argv[2])
    runners = {
        "Leat, `limit`": lambda: rates_of_leat(program, "limit"),
        "Leat": lambda: rates_of_leat(program, "noop"),
        "BullMQ": lambda: rates_of_peer("bullmq"),
        "bee-queue": lambda: rates_of_peer("bee-queue"),
    }
    measured = {name: [] for name in runners}
    for round_number in range(1, rounds + 1):
        for name, run in runners.items():
            print(f"round {round_number} of {rounds}: {name}", file=sys.stderr)
            subprocess.run(["redis-cli", "-s", os.environ["REDIS_SOCKET"], "FLUSHALL"], stdout=subprocess.DEVNULL, check=True)
            measured[name].append(run())
    print("| | " + " | ".join(f"{phase}, tasks/s | Leat is" for phase in PHASES) + " |")
    print("| --- |" + " --- | --- |" * len(PHASES))
    for name, answers in measured.items():
        cells = []
        for phase in PHASES:
            rates = sorted(answer[phase] for answer in answers)
            ratio = statistics.median(ours[phase] / theirs[phase] for ours, theirs in zip(measured["Leat"], answers))
            cells += [f"{statistics.median(rates):,.0f} ({rates[0]:,.0f}–{rates[-1]:,.0f})", "" if name == "Leat" else f"{ratio:.2f}×"]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
