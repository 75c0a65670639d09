// Counts the words of {"text": ...}. One JSON line in, one JSON line out.
import { createInterface } from "node:readline";

const write = (line) => process.stdout.write(JSON.stringify(line) + "\n");

async function run(payload) {
  if (typeof payload?.text !== "string") return { status: "dead", reason: "the payload needs a text" };
  const words = payload.text.split(/\s+/).filter(Boolean);
  write({ progress: 0.5, note: `${words.length} words` });
  const longest = words.reduce((best, word) => (word.length > best.length ? word : best), "");
  return { status: "success", result: { words: words.length, longest } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  // An error is worth another attempt.
  const answer = await run(task.payload).catch((error) => ({ status: "retry", error: error.message }));
  write({ task_id: task.task_id, ...answer });
}
