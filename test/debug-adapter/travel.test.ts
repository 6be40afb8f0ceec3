/** Backwards: what was seen on the way forward is seen again, and from the present the program goes on as if nothing had been. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestSession } from '../support/debugSession.ts';
import { matchesGolden } from '../support/golden.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';

const file = repositoryFile('test/fixtures/debugger/travel.c');
const at = (marker: string) => markedLine(file, marker);
const OUTPUT = '1! = 1\n2! = 2\n3! = 6\n4! = 24\n5! = 120\ntotal 153\n';

interface Seen {
  readonly stack: readonly string[];
  readonly locals: readonly string[];
  readonly instant: number;
}

interface Stop extends Seen {
  readonly reason: string;
  readonly past: boolean;
}

async function withSession(
  args: object,
  breakpoints: readonly { readonly marker: string; readonly condition?: string; readonly hitCondition?: string }[],
  body: (session: TestSession) => Promise<void>,
): Promise<void> {
  const session = await TestSession.open();
  const { program = file } = args as { program?: string };
  try {
    const launched = session.client.launchRequest({ program, ...args } as never);
    launched.catch(() => {});
    await setBreakpoints(session, program, breakpoints);
    await session.client.configurationDoneRequest();
    await launched;
    await body(session);
  } finally {
    await session.close();
  }
}

async function setBreakpoints(
  session: TestSession,
  program: string,
  breakpoints: readonly { readonly marker: string; readonly condition?: string; readonly hitCondition?: string }[],
): Promise<void> {
  await session.client.setBreakpointsRequest({
    source: { path: program },
    breakpoints: breakpoints.map(({ marker, ...rules }) => ({ line: markedLine(program, marker), ...rules })),
  });
}

async function arrived(session: TestSession): Promise<Stop> {
  const { body } = await session.event('stopped');
  const frames = await session.stack();
  const [top] = frames;
  return {
    reason: body.reason,
    past: body.past === true,
    stack: frames.map(({ name, line, column }) => `${name}:${line}:${column}`),
    locals: top === undefined ? [] : await session.locals(top.id),
    instant: body.moment.instant,
  };
}

type Movement = 'next' | 'stepIn' | 'stepOut' | 'continue' | 'stepBack' | 'reverseContinue';

async function move(session: TestSession, how: Movement): Promise<Stop> {
  await session[how]();
  return arrived(session);
}

const lineOf = ({ stack }: Seen) => Number(stack[0]?.split(':')[1]);
const seen = ({ stack, locals, instant }: Stop): Seen => ({ stack, locals, instant });

test('stepping back shows each line again as it was on the way forward, down to the beginning', () =>
  withSession({ stopOnEntry: true }, [], async (session) => {
    const way = [await arrived(session)];
    while (lineOf(way.at(-1)!) !== at('end')) way.push(await move(session, 'next'));
    for (const there of way.slice(0, -1).reverse()) {
      const back = await move(session, 'stepBack');
      assert.deepEqual(seen(back), seen(there));
      assert.equal(back.past, true);
    }
    const start = await move(session, 'stepBack');
    assert.equal(start.reason, 'entry');
    assert.deepEqual(seen(start), seen(way[0]!));
    // And forward again, the same way.
    for (const there of way.slice(1)) assert.deepEqual(seen(await move(session, 'next')), seen(there));
    const present = way.at(-1)!;
    await session.stepBack();
    await arrived(session);
    const returned = await move(session, 'continue');
    assert.deepEqual([seen(returned), returned.past], [seen(present), false]);
    await session.continue();
    assert.equal(await session.ended(), 0);
    assert.equal(session.output(), OUTPUT);
  }));

test('through calls and recursion, steps go back to where the call was made', () =>
  withSession({}, [{ marker: 'deepest', condition: 'count == 2' }], async (session) => {
    const present = await arrived(session);
    assert.deepEqual(present.locals.slice(0, 1), ['n = 1']);
    assert.equal(lineOf(await move(session, 'stepBack')), at('first'));
    for (const n of [2, 3]) {
      const call = await move(session, 'stepBack');
      assert.deepEqual([lineOf(call), call.locals[0]], [at('recurse'), `n = ${n}`]);
      let line = call;
      while (lineOf(line) !== at('first')) line = await move(session, 'stepBack');
      assert.equal(line.locals[0], `n = ${n}`);
    }
    const call = await move(session, 'stepBack');
    assert.deepEqual(
      [lineOf(call), call.stack.length, call.locals[0]],
      [at('call'), present.stack.length - 3, 'total = 3'],
    );
    // Over the call lies the breakpoint, and it is where the run still stands.
    const forward = await move(session, 'next');
    assert.deepEqual([seen(forward), forward.past], [seen(present), false]);
  }));

test('reverse continue finds the latest hit, with its condition, and then the beginning', () =>
  withSession({}, [{ marker: 'last' }], async (session) => {
    await arrived(session);
    await setBreakpoints(session, file, [{ marker: 'add', condition: 'value == 6 || i == 1' }, { marker: 'last' }]);
    const third = await move(session, 'reverseContinue');
    assert.deepEqual([third.reason, lineOf(third), third.past], ['breakpoint', at('add'), true]);
    assert.ok(third.locals.includes('value = 6'), third.locals.join());
    const first = await move(session, 'reverseContinue');
    assert.ok(first.locals.includes('i = 1'), first.locals.join());
    const beginning = await move(session, 'reverseContinue');
    assert.deepEqual([beginning.reason, lineOf(beginning)], ['entry', at('begin')]);
    assert.deepEqual(seen(await move(session, 'continue')), seen(first));
    assert.deepEqual(seen(await move(session, 'continue')), seen(third));
    assert.equal((await move(session, 'continue')).past, false);
    await session.continue();
    assert.equal(await session.ended(), 0);
    assert.equal(session.output(), OUTPUT);
  }));

test('hits have the numbers that they had', () =>
  withSession({}, [{ marker: 'product', hitCondition: '% 4' }, { marker: 'last' }], async (session) => {
    const way: Stop[] = [];
    for (let stop = await arrived(session); lineOf(stop) !== at('last'); stop = await move(session, 'continue'))
      way.push(stop);
    assert.equal(way.length, 2);
    for (const there of way.reverse()) assert.deepEqual(seen(await move(session, 'reverseContinue')), seen(there));
    // Set again, its hits are counted from the beginning.
    await setBreakpoints(session, file, [{ marker: 'product', hitCondition: '8' }]);
    await session.continue();
    const eighth = await arrived(session);
    assert.deepEqual(seen(eighth), seen(way[0]!));
  }));

test('a fault can be stepped back from', () => {
  const program = repositoryFile('test/fixtures/debugger/trap.c');
  return withSession({ program }, [], async (session) => {
    const trap = await arrived(session);
    assert.equal(trap.reason, 'exception');
    const line = await move(session, 'stepBack');
    assert.deepEqual([lineOf(line), line.past], [markedLine(program, 'trap'), true]);
    assert.deepEqual(line.locals, ['dividend = 100', 'divisor = 0', 'rest = 2']);
    assert.equal(lineOf(await move(session, 'stepBack')), markedLine(program, 'trap') - 1);
    const call = await move(session, 'stepBack');
    assert.deepEqual([lineOf(call), call.stack.length], [markedLine(program, 'call'), trap.stack.length - 1]);
    const again = await move(session, 'continue');
    assert.deepEqual(seen(again), seen(trap));
    await session.continue();
    assert.equal(await session.ended(), 134);
  });
});

test('AssemblyScript too', () => {
  const program = repositoryFile('examples/assemblyscript/assembly/inventory.ts');
  return withSession({ program }, [{ marker: 'sum' }], async (session) => {
    const way = [await arrived(session)];
    for (let steps = 0; steps < 6; steps++) way.push(await move(session, 'next'));
    for (const there of way.slice(0, -1).reverse())
      assert.deepEqual(seen(await move(session, 'stepBack')), seen(there));
    await setBreakpoints(session, program, []);
    assert.deepEqual(seen(await move(session, 'continue')), seen(way.at(-1)!));
    await session.continue();
    assert.equal(await session.ended(), 0);
  });
});

test('frames are begun anew, and instants are gone to', () =>
  withSession({}, [{ marker: 'deepest', condition: 'count == 3' }], async (session) => {
    const present = await arrived(session);
    const [, caller] = await session.stack();
    await session.client.send('restartFrame', { frameId: caller?.id });
    const restarted = await arrived(session);
    assert.deepEqual([restarted.reason, lineOf(restarted), restarted.locals[0]], ['restart', at('first'), 'n = 2']);
    assert.ok(restarted.instant < present.instant);
    await session.client.customRequest('wasm-sandbox/runToInstant', { instant: 0 });
    const start = await arrived(session);
    assert.deepEqual([start.reason, lineOf(start)], ['goto', at('begin')]);
    await session.client.customRequest('wasm-sandbox/runToInstant', { instant: restarted.instant });
    assert.deepEqual(seen(await arrived(session)), seen(restarted));
    await session.client.customRequest('wasm-sandbox/runToInstant', { instant: 1e15 });
    const returned = await arrived(session);
    assert.deepEqual([seen(returned), returned.past], [seen(present), false]);
  }));

test('without a recording there is no way back, and nobody offers one', () =>
  withSession({ record: false }, [{ marker: 'add' }], async (session) => {
    await arrived(session);
    assert.ok(!session.events.some(({ event }) => event === 'capabilities'));
    await assert.rejects(session.client.send('stepBack', { threadId: 1 }), /This run is not recorded/);
  }));

test('a conversation', async () => {
  const session = await TestSession.launch({ program: file }, { [file]: ['last'] });
  try {
    await session.stopped();
    await session.setBreakpoints(file, ['add']);
    await session.reverseContinue();
    await session.stopped();
    await session.stepBack();
    await session.stopped();
    await session.evaluate('entries[3]');
    await session.evaluate('count');
    await session.stepIn();
    await session.stopped(2);
    await session.stepOut();
    await session.stopped();
    await session.setBreakpoints(file, []);
    await session.reverseContinue();
    await session.stopped();
    await session.continue();
    await session.stopped();
    await session.continue();
    assert.equal(await session.ended(), 0);
    const text = session.text().replaceAll(/started = [1-9]\d*/g, 'started = now');
    matchesGolden(join(import.meta.dirname, 'golden', 'travel.txt'), text);
  } finally {
    await session.close();
  }
});
