import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { permissionFlags } from '../../sandbox/guest/processWall.ts';
import { CONFIG, fixture, GuestUnderTest } from './guestUnderTest.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/guest', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'guest-walls-'));
after(() => rmSync(folder, { recursive: true }));

describe('a guest’s process', () => {
  it('can open nothing but its code and what is granted, from its worker too', () => {
    const empty = path.join(folder, 'empty');
    mkdirSync(empty);
    const filesystem = { ...CONFIG.filesystem, read: [{ host: FIXTURES, guest: 'fixtures' }] };
    const flags = permissionFlags({ ...CONFIG, filesystem });
    const script = path.join(FIXTURES, 'wallProbe.mjs');
    const said = execFileSync(process.execPath, [...flags, script], {
      cwd: empty,
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.deepEqual(JSON.parse(String(said)), {
      'own code': 'possible',
      'a file outside': 'ERR_ACCESS_DENIED',
      'the folder above': 'ERR_ACCESS_DENIED',
      'writing where reading is granted': 'ERR_ACCESS_DENIED',
      'another program': 'ERR_ACCESS_DENIED',
    });
  });

  it('reaches a grant that is a link', async () => {
    const real = path.join(folder, 'real');
    writeFileSync(real, 'found');
    const host = path.join(folder, 'link');
    symlinkSync(real, host);
    const filesystem = { ...CONFIG.filesystem, read: [{ host, guest: 'secret' }] };
    const entry = { kind: 'call', function: 'trespass', arguments: [] } as const;
    const end = await GuestUnderTest.end(fixture('trespasser.wat'), { entry, config: { filesystem } });
    assert.deepEqual(end, { kind: 'exited', code: 0, results: [0] });
  });
});
