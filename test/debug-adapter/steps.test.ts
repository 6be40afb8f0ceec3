/** Where steps end when one line makes several calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestSession } from '../support/debugSession.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';

const file = repositoryFile('test/fixtures/debugger/siblings.c');

async function withStop(
  marker: string | { readonly marker: string; readonly also: string; readonly condition: string },
  body: (session: TestSession) => Promise<void>,
): Promise<void> {
  const session = await TestSession.open();
  try {
    const launched = session.client.launchRequest({ program: file } as never);
    const breakpoints =
      typeof marker === 'string'
        ? [{ line: markedLine(file, marker) }]
        : [
            { line: markedLine(file, marker.marker) },
            { line: markedLine(file, marker.also), condition: marker.condition },
          ];
    await session.client.setBreakpointsRequest({ source: { path: file }, breakpoints });
    await session.client.configurationDoneRequest();
    await launched;
    await session.event('stopped');
    await body(session);
  } finally {
    await session.close();
  }
}

async function step(session: TestSession, kind: 'next' | 'stepIn'): Promise<readonly [string, number]> {
  await session[kind]();
  await session.event('stopped');
  const [top] = await session.stack();
  return [top?.name ?? '', top?.line ?? 0];
}

const at = (marker: string) => markedLine(file, marker);

test('over the end of a call goes back to the caller, not into the next call on its line', () =>
  withStop('first', async (session) => {
    assert.deepEqual(await step(session, 'next'), ['main', at('same')]);
  }));

test('into stops in each call of a line, also when it is the same function', () =>
  withStop('same', async (session) => {
    assert.deepEqual(await step(session, 'stepIn'), ['first', at('first')]);
    assert.deepEqual(await step(session, 'stepIn'), ['first', at('first')]);
    assert.deepEqual(await step(session, 'stepIn'), ['main', at('drain')]);
  }));

test('calls are told apart in functions that begin with a loop', () =>
  withStop('drained', async (session) => {
    await session.setBreakpoints(file, []);
    assert.deepEqual(await step(session, 'next'), ['main', at('print')]);
  }));

test('a breakpoint whose condition does not hold does not make a step forget that its call has returned', () =>
  withStop({ marker: 'sum', also: 'first', condition: 'value == 100' }, async (session) => {
    assert.deepEqual(await step(session, 'next'), ['main', at('same')]);
    assert.deepEqual(await step(session, 'stepIn'), ['first', at('first')]);
    assert.deepEqual(await step(session, 'next'), ['main', at('drain')]);
  }));
