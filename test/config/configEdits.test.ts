import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { applyChange, type ConfigChange, editsFor } from '../../sandbox/config/configEdits.ts';

const READ_X: ConfigChange = {
  title: 'Grant reading "./x"',
  changes: [{ path: ['filesystem', 'read'], kind: 'append', value: './x' }],
};

const NEW = '{\n  "filesystem": {\n    "read": ["./x"]\n  }\n}';

/** Before, after. */
const texts: readonly (readonly [string, string])[] = [
  ['', `${NEW}\n`],
  ['// what it may use\n', `// what it may use\n${NEW}\n`],
  ['{}', NEW],
  ['{\n}\n', `${NEW}\n`],
  ['{ "memory": "1MB" }', '{ "memory": "1MB", "filesystem": { "read": ["./x"] } }'],
  ['{ "filesystem": { "read": [] } }', '{ "filesystem": { "read": ["./x"] } }'],
  ['{ "filesystem": { "read": ["./a"] } }', '{ "filesystem": { "read": ["./a", "./x"] } }'],
  ['{ "filesystem": { "read": ["./a",] } }', '{ "filesystem": { "read": ["./a", "./x",] } }'],
  ['{ "filesystem": { "read": ["./a" /* why */] } }', '{ "filesystem": { "read": ["./a", /* why */ "./x"] } }'],
  ['{ // nothing yet\n}', '{ // nothing yet\n  "filesystem": {\n    "read": ["./x"]\n  }\n}'],
  [
    '{\n\t"memory": "1MB", // enough\n}',
    '{\n\t"memory": "1MB", // enough\n\t"filesystem": {\n\t\t"read": ["./x"]\n\t},\n}',
  ],
  [
    '{\n  "filesystem": {\n    "read": [\n      "./a" // the inputs\n    ]\n  }\n}',
    '{\n  "filesystem": {\n    "read": [\n      "./a", // the inputs\n      "./x"\n    ]\n  }\n}',
  ],
  [
    '{\n  "filesystem": {\n    "read": [\n      "./a", // the inputs\n      // "./old",\n    ],\n  },\n}',
    '{\n  "filesystem": {\n    "read": [\n      "./a", // the inputs\n      // "./old",\n      "./x",\n    ],\n  },\n}',
  ],
  [
    '{\r\n    "memory": 1\r\n}',
    '{\r\n    "memory": 1,\r\n    "filesystem": {\r\n        "read": ["./x"]\r\n    }\r\n}',
  ],
  ['{ "filesystem": { "read": ["./x"] } }', '{ "filesystem": { "read": ["./x"] } }'],
];

function edited(text: string, change: ConfigChange): string {
  const plan = editsFor(text, change);
  assert.ok(plan.ok);
  return plan.edits.reduceRight((result, edit) => {
    return result.slice(0, edit.offset) + edit.text + result.slice(edit.offset + edit.length);
  }, text);
}

for (const [before, after] of texts) {
  test(`an entry is added to ${JSON.stringify(before)}`, () => {
    assert.equal(edited(before, READ_X), after);
    assert.deepEqual(applyChange(before, READ_X), { ok: true, text: after });
    assert.equal(edited(after, READ_X), after);
  });
}

test('a value is set, and a grant with two paths is the same in any order', () => {
  const raise: ConfigChange = { title: '', changes: [{ path: ['memory'], kind: 'set', value: '128MB' }] };
  assert.equal(edited('{ "memory": "64MB" /* m */ }', raise), '{ "memory": "128MB" /* m */ }');
  const value = { host: './x', guest: '/x' };
  const mapped: ConfigChange = { title: '', changes: [{ path: ['filesystem', 'write'], kind: 'append', value }] };
  const text = '{ "filesystem": { "write": [{ "guest": "/x", "host": "./x" }] } }';
  assert.equal(edited(text, mapped), text);
  assert.equal(
    edited('{ "filesystem": {} }', mapped).replaceAll(/\s+/g, ''),
    '{"filesystem":{"write":[{"host":"./x","guest":"/x"}]}}',
  );
});

test('a file with errors is left alone, and it is said why', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['{ "filesystem": ', /not valid JSON/],
    ['{ "filesystem": { "read": "./a" } }', /"filesystem\.read" must be a list/],
    ['{ "filesystem": [] }', /"filesystem" must be an object/],
    ['[]', /must be an object/],
    ['{ "filesystem": {}, "filesystem": {} }', /"filesystem" more than once/],
    [`{ "a": ${'['.repeat(100)}${']'.repeat(100)} }`, /nested more than/],
  ];
  for (const [text, reason] of refusals) {
    const plan = editsFor(text, READ_X);
    assert.ok(!plan.ok);
    assert.match(plan.message, reason);
  }
});

test('whatever else is in the file stays, byte for byte', () => {
  const trivia = fc.constantFrom('', ' ', '\n', '\t', ' // c\n', '/* c */', '\r\n  ');
  const list = fc.tuple(
    fc.array(fc.constantFrom('"./a"', '"./b"', '{ "host": "./c" }'), { maxLength: 3 }),
    fc.boolean(),
  );
  const text = fc
    .tuple(fc.array(trivia, { minLength: 8, maxLength: 8 }), list)
    .map(([[a, b, c, d, e, f, g, h], [items, comma]]) => {
      const inside = items.join(`${d},${e}`) + (comma && items.length > 0 ? `${f},` : '');
      return `${a}{${b}"filesystem"${c}:{"read":[${g}${inside}${h}]${f}}${e}}${d}`;
    });
  fc.assert(
    fc.property(text, (before) => {
      const changed = applyChange(before, READ_X);
      assert.ok(changed.ok);
      const errors: never[] = [];
      const value = parse(changed.text, errors, { allowTrailingComma: true });
      assert.deepEqual(errors, []);
      const old = parse(before, [], { allowTrailingComma: true });
      assert.deepEqual(value, { filesystem: { read: [...old.filesystem.read, './x'] } });
      // Taking out what was added gives back what was there.
      const left = [...changed.text.replaceAll(/\s|,|"\.\/x"/g, '')].join('');
      assert.equal(left, before.replaceAll(/\s|,/g, ''));
    }),
  );
});
