#!/usr/bin/env python3
"""Hands in a task through the front door and prints how it ended. Needs a Redis client, nothing of Leat.

  hand_in.py REDIS-URL AGENT PAYLOAD [TASK-ID]      hand_in.py redis://localhost words '{"text": "to be"}' order-17
"""
import datetime
import sys
import uuid

import redis


def hand_in(server, agent, payload, task_id):
    """Sending the same task_id again creates no second task."""
    server.xadd("tasks", {"task_id": task_id, "agent_type": agent, "payload": payload, "priority": 0,
                          "created_at": datetime.datetime.now().isoformat(), "retry_count": 0, "max_retries": 3})


def outcome_of(server, task_id, last="0"):
    """Follows the shared stream of results until the task has ended; a retry is no end."""
    while True:
        for _, entries in server.xread({"results": last}, block=1000):
            for last, fields in entries:
                if fields["task_id"] == task_id and fields["status"] != "retry":
                    return fields


if __name__ == "__main__":
    url, agent, payload, task_id = (sys.argv[1:] + [str(uuid.uuid4())])[:4]
    redis_server = redis.Redis.from_url(url, decode_responses=True)
    hand_in(redis_server, agent, payload, task_id)
    outcome = outcome_of(redis_server, task_id)
    print(outcome["status"], outcome["result"] or outcome["error"])
