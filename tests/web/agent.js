// An agent that does what its payload says: {"fail": N} fails N attempts, {"refuse": text} ends dead, {"hold": true}
// never ends by itself, anything else succeeds. First it says what is in {"say": […]}, one after the other: {"log"} and
// {"progress"} as they are, {"error"} on standard error, {"door"} waits until somebody writes into that pipe.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

function say(step) {
  if (step.door) {
    readFileSync(step.door);
  } else if (step.error) {
    console.error(step.error);
  } else {
    console.log(JSON.stringify(step));
  }
}

function answer({ payload, attempt }) {
  if (payload?.refuse) return { status: 'dead', reason: payload.refuse };
  if (attempt <= payload?.fail)
    return {
      status: 'retry',
      error: payload.error ?? `attempt ${attempt} failed`,
    };
  return { status: 'success', result: payload?.result ?? { sent: true } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  for (const step of task.payload?.say ?? []) say(step);
  if (task.payload?.hold) continue;
  console.log(JSON.stringify({ task_id: task.task_id, ...answer(task) }));
}
