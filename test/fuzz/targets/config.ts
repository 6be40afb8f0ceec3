/** `sandbox.json`: any text gives a configuration or problems, with ranges inside the text; what is broken grants nothing. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { loadConfig } from '../../../sandbox/config/loadConfig.ts';
import { fakePaths } from '../../config/fakePaths.ts';
import { repositoryFile, root } from '../../support/markers.ts';
import type { Bomb } from '../moduleBombs.ts';
import type { Target } from '../target.ts';
import { decode, encode, mutateText } from '../textMutations.ts';

const FULL = `{
  // All there is.
  "memory": "64MB", "timeout": "30s", "fuel": "10G", "maxCallDepth": 10000, "maxOutput": "1MB", "wasi": "builtin",
  "entry": "main.c", "sources": ["a.c", "b.c"], "toolchain": "embedded", "buildArgs": ["-O1"],
  "filesystem": { "read": ["data", { "host": "src", "guest": "/src" }], "write": ["out"], "temp": true, "overlay": true,
    "maxFileSize": "1MB", "maxTotalWritten": "10MB", "maxOpenFiles": 16 },
  "network": { "allow": ["example.com:443", ".example.org:80"], "listen": ["127.0.0.1:8080"], "maxConnections": 4,
    "maxResponseSize": "1MB", "timeout": "5s" },
  "env": ["HOME", "LANG"], "clock": "frozen", "random": { "seed": 7 },
}`;
const paths = fakePaths('/p/data/', '/p/src/', '/p/out/', '/p/main.c', '/p/a.c', '/p/b.c', '/p/sandbox.json');

export function config(): Target {
  const seeds = globSync('examples/**/sandbox.json', { cwd: root })
    .toSorted()
    .map((file) => readFileSync(repositoryFile(file), 'utf8'));
  const texts = [FULL, ...seeds];
  return {
    bombs: bombs(),
    mutate: (random) => encode(mutateText(random.pick(texts), random, random.pick(texts))),
    check,
  };
}

function check(input: Uint8Array): void {
  const text = decode(input);
  const { config: loaded, problems } = loadConfig(text, { folder: '/p', file: '/p/sandbox.json', probe: paths });
  assert.ok(Number.isFinite(loaded.maxCallDepth) && loaded.maxCallDepth > 0);
  assert.ok(problems.length <= 10_000, `${problems.length} problems`);
  for (const { message, range } of problems) {
    assert.ok(message.length > 0 && message.length < 5000, `a message of ${message.length} characters`);
    assert.ok(
      range.offset >= 0 && range.length >= 0 && range.offset + range.length <= text.length,
      JSON.stringify(range),
    );
  }
}

function bombs(): Bomb[] {
  const bomb = (name: string, text: string): Bomb => ({ name, bytes: encode(text) });
  return [
    bomb('arrays 200,000 deep', '['.repeat(200_000)),
    bomb('objects 200,000 deep', '{"a":'.repeat(200_000)),
    bomb('objects 200,000 deep, closed', `${'{"env":'.repeat(200_000)}1${'}'.repeat(200_000)}`),
    bomb('200,000 unknown settings', `{${Array.from({ length: 200_000 }, (_, index) => `"x${index}":1`).join()}}`),
    bomb('the same setting 200,000 times', `{${'"memory":"1MB",'.repeat(200_000)}"fuel":1}`),
    bomb('100,000 folders', `{"filesystem":{"read":[${'"data",'.repeat(100_000)}"data"]}}`),
    bomb('100,000 names', `{"env":[${Array.from({ length: 100_000 }, (_, index) => `"N${index}"`).join()}]}`),
    bomb('100,000 hosts that are none', `{"network":{"allow":[${'"::::",'.repeat(100_000)}"x"]}}`),
    bomb('a string of 10 MB', `{"memory":"${'9'.repeat(10_000_000)}MB"}`),
    bomb('a setting whose name is 1 MB', `{"${'memory'.repeat(170_000)}":1}`),
    bomb('a number of a million digits', `{"fuel":${'9'.repeat(1_000_000)}}`),
    bomb('a comment without end', `/*${'*'.repeat(1_000_000)}`),
    bomb('a million commas', ','.repeat(1_000_000)),
    bomb('a million quotes', '"'.repeat(1_000_000)),
    bomb('a path of 1 MB', `{"filesystem":{"read":["${'../'.repeat(300_000)}"]}}`),
    bomb('control characters', '{"\\u001b[31m\\n":"\\u0000"}'),
    bomb('nothing', ''),
    bomb('a byte order mark', '\ufeff{}'),
  ];
}
