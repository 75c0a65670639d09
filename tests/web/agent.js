// An agent that does what its payload says: {"fail": N} fails N attempts, {"refuse": text} ends dead, {"hold": true}
// never ends by itself, anything else succeeds.
import { createInterface } from 'node:readline';

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
  if (task.payload?.hold) continue;
  console.log(JSON.stringify({ task_id: task.task_id, ...answer(task) }));
}
