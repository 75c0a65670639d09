#!/usr/bin/env python3
"""Counts the words of {"text": ...}. One JSON line in, one JSON line out."""
import json
import sys


def run(payload):
    text = payload.get("text") if isinstance(payload, dict) else None
    if not isinstance(text, str):
        return {"status": "dead", "reason": "the payload needs a text"}
    words = text.split()
    print(json.dumps({"progress": 0.5, "note": f"{len(words)} words"}), flush=True)
    return {"status": "success", "result": {"words": len(words), "longest": max(words, key=len, default="")}}


for line in sys.stdin:
    task = json.loads(line)
    try:
        answer = run(task["payload"])
    except Exception as error:  # worth another attempt
        answer = {"status": "retry", "error": str(error)}
    print(json.dumps({"task_id": task["task_id"], **answer}), flush=True)
