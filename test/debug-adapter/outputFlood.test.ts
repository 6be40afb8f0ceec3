/** What a program prints reaches the client whole and in order, in far fewer events where it is much. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OutputFlood } from '../../debug-adapter/outputFlood.ts';
import { TestSession } from '../support/debugSession.ts';

const folder = mkdtempSync(join(tmpdir(), 'flood-'));
after(() => rmSync(folder, { recursive: true }));

interface Sent {
  readonly event: string;
  readonly body: { readonly output?: string; readonly count?: number };
}

function collect(): { flood: OutputFlood; sent: Sent[] } {
  const sent: Sent[] = [];
  return { sent, flood: new OutputFlood((event, body) => sent.push({ event, body: body ?? {} })) };
}

const printed = (output: string, line = 1, category = 'stdout') => ({
  category,
  output,
  line,
  column: 1,
  source: { path: '/a.c' },
});

test('a little goes as it comes; much goes together, by place and stream, before anything that follows', () => {
  const { flood, sent } = collect();
  const outputs = Array.from({ length: 500 }, (_, index) => `line ${index}\n`);
  for (const output of outputs) flood.send('output', printed(output));
  flood.send('output', printed('other place\n', 2));
  flood.send('output', printed('other stream\n', 2, 'stderr'));
  flood.send('output', { category: 'console', output: 'ours' });
  flood.send('stopped', {});
  flood.close();
  assert.deepEqual(
    sent.slice(0, 3).map(({ body }) => body.output),
    outputs.slice(0, 3),
  );
  assert.equal(sent.at(-1)?.event, 'stopped');
  assert.deepEqual(
    sent.slice(-4, -1).map(({ body }) => body.output),
    ['other place\n', 'other stream\n', 'ours'],
  );
  const lines = sent.slice(0, -4);
  assert.ok(lines.length < 30, `${lines.length} events`);
  assert.equal(lines.map(({ body }) => body.output).join(''), outputs.join(''));
  assert.equal(
    lines.reduce((sum, { body }) => sum + (body.count ?? 1), 0),
    500,
  );
});

test('nothing large is put together, and nothing waits for the next output', { timeout: 10_000 }, async () => {
  const { flood, sent } = collect();
  for (let index = 0; index < 25; index++) flood.send('output', printed('x'.repeat(3000)));
  flood.send('output', printed('last'));
  while (sent.length < 25) await new Promise(setImmediate);
  assert.deepEqual([sent.length, sent.at(-1)?.body], [25, { ...printed(`${'x'.repeat(3000)}last`), count: 2 }]);
});

test('a program that prints without end is shown all that it printed before its limit', async () => {
  const program = join(folder, 'flood.c');
  writeFileSync(program, '#include <stdio.h>\nint main(void) {\n  for (int i = 0;; i++) printf("%d\\n", i);\n}\n');
  const session = await TestSession.launch({ program, sandbox: { maxOutput: '100KB' } });
  try {
    await session.event('stopped');
    const text = session.output('stdout');
    assert.equal(text.length, 102_400);
    assert.ok(text.startsWith('0\n1\n2\n') && text.includes('\n9999\n10000\n'));
    const events = session.events.filter(({ event, body }) => event === 'output' && body.category === 'stdout');
    assert.ok(events.length < 5000, `${events.length} events for some 18,000 lines`);
  } finally {
    await session.close();
  }
});
