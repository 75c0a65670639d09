// A server and workers over the private Redis that LEAT_REDIS names, and what a test needs to talk to them.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = process.env.LEAT_PROGRAM;
const folder = mkdtempSync(join(tmpdir(), 'leat-web-'));
const running = new Set();
const kPatienceMs = 60_000;
const patience = () => ({ signal: AbortSignal.timeout(kPatienceMs) });

let known;
/** The one that startServer() made: its address and its API. */
export const installation = () => known;

function start(args) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });
  running.add(child);
  let said = '';
  child.stderr.on('data', text => (said = (said + text).slice(-10_000)));
  child.once('exit', code => {
    running.delete(child);
    if (code !== 0) console.error(`leat ${args.join(' ')} ended with ${code}: ${said}`);
  });
  return child;
}

async function stop(child) {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** `leat serve` that listens: its address, and how to end it. Its alerts fire at once. */
export async function serve(listen = '127.0.0.1:0', args = []) {
  const child = start(['--json', 'serve', '--listen', listen, '--set', 'alerts.hold=0s', ...args]);
  const [line] = await once(createInterface({ input: child.stdout }), 'line', patience());
  return { url: JSON.parse(line).http, stop: () => stop(child) };
}

/** A pipe that an agent waits at, and how to let it pass. */
export function door(name) {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return { path, open: () => writeFile(path, 'open') };
}

/** A file with a token in its first line. */
export function tokenFile(name, token) {
  const file = join(folder, name);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return file;
}

/** The REST API of a server, for what a test needs beside its page. */
export function apiOf(url) {
  const call = async (verb, path, body) => {
    const response = await fetch(`${url}/v1/${path}`, {
      method: verb,
      headers: {
        'X-Leat-Request': '1',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${verb} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const get = path => call('GET', path);
  const post = (path, body) => call('POST', path, body);
  return {
    get,
    post,
    dispatch: (agent, id, payload, options = {}) => post('tasks', { agent, id, payload, ...options }),
    /** The task once it has ended. */
    ended: (agent, id) => get(`tasks/${agent}/${id}?wait=60s`),
    /** The answer once it is as wanted; asks again and again, for nobody tells. */
    async until(path, wanted) {
      const { signal } = patience();
      for (;;) {
        const answer = await get(path);
        if (wanted(answer)) return answer;
        assert.ok(!signal.aborted, `${path} stayed ${JSON.stringify(answer)}`);
      }
    },
  };
}

/** Commands for the private Redis itself; what it printed. */
export function redis(commands) {
  const input = `${commands.map(words => words.join(' ')).join('\n')}\n`;
  return execFileSync('redis-cli', ['-s', process.env.REDIS_SOCKET], { input, encoding: 'utf8' });
}

export async function startServer() {
  const { url } = await serve();
  known = { url, api: apiOf(url) };
}

/** Two workers of `mail` and `thumbnails`; nobody serves `invoices`. */
export async function startWorkers() {
  const command = [process.execPath, fileURLToPath(new URL('agent.js', import.meta.url))];
  const agent = `exec = ${JSON.stringify(command)}
concurrency = 4
backoff_base = "0s"
`;
  writeFileSync(join(folder, 'leat.toml'), `[agent.mail]\n${agent}[agent.thumbnails]\n${agent}`);
  for (const name of ['worker-1', 'worker-2']) start(['worker', '--set', `worker.name=${name}`]);
  await known.api.until('overview', ({ agents }) => agents.filter(agent => agent.workers === 2).length === 2);
}

export async function stopInstallation() {
  await Promise.all([...running].map(stop));
  rmSync(folder, { recursive: true });
}
