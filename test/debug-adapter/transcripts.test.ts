/** Whole conversations, one a language, compared with reviewed transcripts. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestSession } from '../support/debugSession.ts';
import { matchesGolden } from '../support/golden.ts';
import { repositoryFile } from '../support/markers.ts';

const golden = (name: string) => join(import.meta.dirname, 'golden', `${name}.txt`);

test('C: breakpoints, steps, structs, recursion, a refused file', async () => {
  const file = repositoryFile('examples/c/orders.c');
  const session = await TestSession.launch({ program: file }, { [file]: ['add', 'round'] });
  try {
    await session.stopped(2);
    for (const expression of [
      'customer->name',
      'order->price * 2 + 1',
      'order->flags.gift',
      'customers[0].level',
      '*customer',
      '&customers[1]',
      'customer == &customers[0]',
      'sizeof(Order)',
      'nonsense',
    ]) {
      await session.evaluate(expression);
    }
    await session.next();
    await session.stopped();
    await session.stepOut();
    await session.stopped();
    await session.setBreakpoints(file, ['round']);
    await session.continue();
    await session.stopped();
    await session.stepIn();
    await session.stopped(2);
    await session.stepOut();
    await session.stopped();
    await session.setBreakpoints(file, []);
    await session.continue();
    assert.equal(await session.ended(), 0);
    const violation = session.events.find((event) => event.event === 'wasm-sandbox/violation');
    assert.equal(violation?.body.target, '/etc/passwd');
    assert.equal(violation?.body.errno, 'ACCES');
    assert.equal(violation?.body.location.source, file);
    matchesGolden(golden('c'), session.text());
  } finally {
    await session.close();
  }
});

test('AssemblyScript: objects, strings, arrays, maps, an overridden method', async () => {
  const file = repositoryFile('examples/assemblyscript/assembly/inventory.ts');
  const session = await TestSession.launch({ program: file }, { [file]: ['add', 'sum'] });
  try {
    await session.stopped(2);
    for (const expression of [
      'item.name',
      'item.price * 2.0',
      'this.items.length',
      'item.name == "lamp"',
      'this.index',
    ])
      await session.evaluate(expression);
    await session.setBreakpoints(file, ['sum']);
    await session.continue();
    await session.stopped();
    for (const expression of ['this.items[2].name', 'this.index', 'this.items', 'i'])
      await session.evaluate(expression);
    await session.stepIn();
    await session.stopped(2);
    await session.stepOut();
    await session.stopped();
    await session.setBreakpoints(file, []);
    await session.continue();
    assert.equal(await session.ended(), 0);
    matchesGolden(golden('assemblyscript'), session.text());
  } finally {
    await session.close();
  }
});

test('AssemblyScript: an export called with arguments', async () => {
  const file = repositoryFile('examples/assemblyscript/assembly/inventory.ts');
  const session = await TestSession.launch(
    { program: file, function: 'add', arguments: [5, 3] },
    { [file]: ['export'] },
  );
  try {
    await session.stopped();
    await session.next();
    await session.stopped();
    await session.continue();
    assert.equal(await session.ended(), 0);
    assert.match(session.output('console'), /returned 8/);
    matchesGolden(golden('assemblyscript-call'), session.text());
  } finally {
    await session.close();
  }
});

test('WAT: locals and globals by name, steps by instruction', async () => {
  const file = repositoryFile('examples/wat/primes.wat');
  const session = await TestSession.launch({ program: file }, { [file]: ['main', 'found', 'composite'] });
  try {
    await session.stopped();
    await session.continue();
    await session.stopped(3);
    await session.continue();
    await session.stopped(3);
    for (const expression of ['$n', '$divisor * 2', '$checked', '$n > 3 && $divisor == 2'])
      await session.evaluate(expression);
    await session.stepOut();
    await session.stopped();
    await session.setBreakpoints(file, []);
    await session.continue();
    assert.equal(await session.ended(), 0);
    matchesGolden(golden('wat'), session.text());
  } finally {
    await session.close();
  }
});
