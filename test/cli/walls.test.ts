import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallsLine } from '../../sandbox/cli/walls.ts';
import type { GuestWalls } from '../../sandbox/guest/protocol.ts';

const ALL: GuestWalls = {
  node: 'v25.9.0',
  permissions: true,
  childProcesses: true,
  addons: true,
  inspector: true,
  wasi: true,
  threads: 'shut',
  network: true,
  environment: true,
};

test('an audit lists each wall, and those that are not there', () => {
  const all = 'files, programs, threads, addons, debugger, node:wasi, environment, network';
  assert.equal(wallsLine(ALL), `walls around the process (Node.js v25.9.0): ${all}. See docs/security.md.`);
  assert.match(
    wallsLine({ ...ALL, threads: 'hidden', network: false }),
    /environment; without: threads, network\. See/,
  );
  const none = { ...ALL, permissions: false, childProcesses: false, addons: false, inspector: false, wasi: false };
  const down = wallsLine({ ...none, threads: 'open', network: false, environment: false });
  assert.match(down, /: none; without: files, programs, .*, network\. See/);
});
