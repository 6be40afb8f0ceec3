import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wallsText } from '../../debug-adapter/wallsText.ts';
import type { GuestWalls } from '../../sandbox/guest/protocol.ts';

const STANDING: GuestWalls = {
  permissions: true,
  node: 'v24.21.0',
  childProcesses: true,
  addons: true,
  inspector: true,
  wasi: true,
  threads: 'shut',
  network: false,
  environment: true,
};

describe('the walls around a guest', () => {
  it('are no news while they stand', () => {
    assert.equal(wallsText(STANDING), undefined);
  });

  it('are told of in one line where the runtime has none', () => {
    const text = wallsText({ ...STANDING, permissions: false, node: 'v20.1.0' });
    assert.match(text ?? '', /^The runtime .*Node\.js v20\.1\.0.* has no permission model: .*sandbox\.json grants\.$/);
  });
});
