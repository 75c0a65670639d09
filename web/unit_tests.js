// Bundles src/**/*.test.ts and runs them with Node's own test runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const tests = readdirSync('src', { recursive: true })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => join('src', name));
const outdir = mkdtempSync(join(tmpdir(), 'leat-web-'));
try {
  await build({
    entryPoints: tests,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  const bundles = readdirSync(outdir, { recursive: true }).filter(name => name.endsWith('.mjs'));
  const run = spawnSync(process.execPath, ['--test', ...bundles.map(name => join(outdir, name))], {
    stdio: 'inherit',
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(outdir, { recursive: true });
}
