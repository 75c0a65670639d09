#!/usr/bin/env python3
"""The front door as other programs see it: only a Redis client here, `leat worker` on the other side.

  front_door_test.py PROJECT-FOLDER LEAT-PROGRAM        with LEAT_REDIS naming a private server
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import redis

PROJECT, PROGRAM = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(PROJECT / "examples/front_door"))
import hand_in  # noqa: E402

PATIENCE_MS = 20_000
CONFIG = f"""
[front_door]
enabled = true
stream = "tasks"

[agent.words]
exec = ["python3", "{PROJECT}/examples/exec/agent.py"]
concurrency = 2
results_stream = "results"
dead_stream = "dead_letters"
"""


class FrontDoor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = redis.Redis.from_url(os.environ["LEAT_REDIS"], decode_responses=True)
        cls.folder = tempfile.TemporaryDirectory()
        (pathlib.Path(cls.folder.name) / "leat.toml").write_text(CONFIG)
        cls.worker = subprocess.Popen([PROGRAM, "worker"], cwd=cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.worker.send_signal(signal.SIGTERM)
        stopped = cls.worker.wait(timeout=60)
        cls.folder.cleanup()
        assert stopped == 0, f"the worker ended with exit code {stopped}"

    def next_entry(self, stream, last):
        """The first entry after `last`; waits for it."""
        found = self.server.xread({stream: last}, count=1, block=PATIENCE_MS)
        self.assertTrue(found, f"nothing came to the stream {stream}")
        return found[0][1][0]

    def last_id(self, stream):
        entries = self.server.xrevrange(stream, count=1)
        return entries[0][0] if entries else "0"

    def test_a_task_in_the_old_format_comes_back_in_the_shared_results(self):
        hand_in.hand_in(self.server, "words", json.dumps({"text": "to be or not to be"}), "old-1")
        outcome = hand_in.outcome_of(self.server, "old-1")
        self.assertEqual(outcome["status"], "success")
        self.assertEqual(outcome["agent_type"], "words")
        self.assertEqual(json.loads(outcome["result"])["words"], 6)
        self.assertTrue(outcome["processed_by"])
        attempt, created_at, started_at, delivery = outcome["run"].split()
        self.assertEqual(attempt, "1")
        self.assertGreater(int(created_at), 0)
        self.assertGreater(int(started_at), 0)
        self.assertTrue(delivery.endswith("/1"))

    def test_only_agent_and_payload_are_needed(self):
        last = self.last_id("results")
        self.server.xadd("tasks", {"agent_type": "words", "payload": '{"text":"one"}'})
        _, outcome = self.next_entry("results", last)
        self.assertEqual((outcome["status"], json.loads(outcome["result"])["words"]), ("success", 1))

    def test_one_task_per_id(self):
        for text in ("first", "second time"):
            hand_in.hand_in(self.server, "words", json.dumps({"text": text}), "twice-1")
        hand_in.hand_in(self.server, "words", '{"text":"end"}', "twice-2")
        for task_id in ("twice-1", "twice-2"):  # they may end in any order
            hand_in.outcome_of(self.server, task_id)
        of_task = [fields for _, fields in self.server.xrange("results") if fields["task_id"] == "twice-1"]
        self.assertEqual(len(of_task), 1)
        self.assertEqual(json.loads(of_task[0]["result"])["words"], 1)

    def test_a_dead_task_is_in_the_shared_dead_letters(self):
        last = self.last_id("dead_letters")
        self.server.xadd("tasks", {"task_id": "no-text", "agent_type": "words", "payload": "{}"})
        _, letter = self.next_entry("dead_letters", last)
        self.assertEqual(letter["task_id"], "no-text")
        self.assertEqual(letter["original_payload"], "{}")
        self.assertIn("needs a text", letter["error"])
        self.assertRegex(letter["failed_at"], r"^\d{4}-\d\d-\d\dT")

    def test_what_is_no_task_is_kept_with_its_reason_and_stops_nothing(self):
        bad = [({"payload": "{}"}, "agent_type"), ({"agent_type": "words"}, "payload"),
               ({"agent_type": "words", "payload": "no json"}, "JSON"), ({"agent_type": "a b", "payload": "{}"}, "agent_type"),
               ({"agent_type": "words", "payload": "{}", "task_id": "x" * 129}, "task_id"),
               ({"agent_type": "words", "payload": "{}", "priority": "urgent"}, "priority")]
        for fields, named in bad:
            last = self.last_id("leat:front:dead")
            entry = self.server.xadd("tasks", fields)
            _, kept = self.next_entry("leat:front:dead", last)
            self.assertEqual(kept["entry"], entry)
            self.assertEqual(json.loads(kept["original_payload"]), fields)
            self.assertIn(named, kept["error"])
        hand_in.hand_in(self.server, "words", '{"text":"still here"}', "after-bad")
        self.assertEqual(hand_in.outcome_of(self.server, "after-bad")["status"], "success")

    def test_the_example_runs_as_a_program(self):
        command = [sys.executable, str(PROJECT / "examples/front_door/hand_in.py"), os.environ["LEAT_REDIS"], "words",
                   '{"text":"to be"}', "program-1"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        self.assertTrue(printed.startswith("success {"), printed)


class LeftOver(unittest.TestCase):
    """Runs last: by now everything was taken."""

    def test_nothing_stays_in_the_front_door(self):
        server = redis.Redis.from_url(os.environ["LEAT_REDIS"], decode_responses=True)
        self.assertEqual(server.xlen("tasks"), 0)
        self.assertEqual(server.xpending("tasks", "leat")["pending"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
