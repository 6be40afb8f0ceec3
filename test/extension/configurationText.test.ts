/** Changes of a configuration that launch.json holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchEdits, launchSandbox, together } from '../../extension/configurationText.ts';

const grant = (value: string) => ({
  title: `Grant reading "${value}"`,
  changes: [{ path: ['filesystem', 'read'], kind: 'append' as const, value }],
});

function changed(text: string, name = 'Run'): string {
  const plan = launchEdits(text, name, together([grant('./a'), grant('./b')]));
  assert.ok(plan.ok, plan.ok ? '' : plan.message);
  return plan.edits.reduceRight(
    (edited, { offset, length, text: inserted }) => edited.slice(0, offset) + inserted + edited.slice(offset + length),
    text,
  );
}

const launch = (sandbox: string) => `{
  // Where to start.
  "configurations": [
    { "name": "Other", "sandbox": {} },
    {
      "name": "Run",
      "sandbox": ${sandbox}
    }
  ]
}
`;

test('the sandbox of the configuration of that name is changed, in its place and its indentation', () => {
  const before = launch('{\n        // small\n        "memory": "16MB"\n      }');
  const after =
    '{\n        // small\n        "memory": "16MB",\n        "filesystem": {\n          "read": ["./a", "./b"]\n        }\n      }';
  assert.equal(changed(before), launch(after));
  assert.equal(changed(launch(after)), launch(after));
  assert.equal(changed(before.replaceAll('\n', '\r\n')), launch(after).replaceAll('\n', '\r\n'));
});

test('an object on one line, and one that is not indented like the rest', () => {
  assert.match(
    changed(launch('{ "memory": "16MB" }')),
    /"memory": "16MB", "filesystem": \{ "read": \["\.\/a", "\.\/b"\] \}/,
  );
  assert.match(changed(launch('{\n"filesystem": { "read": [] }\n}')), /"read": \["\.\/a", "\.\/b"\]/);
});

test('what cannot be changed is said', () => {
  for (const [text, name] of [
    ['', 'Run'],
    ['{"configurations": 3}', 'Run'],
    [launch('{}'), 'Elsewhere'],
    [launch('"strict.json"'), 'Run'],
  ] as const) {
    const plan = launchEdits(text, name, grant('./a'));
    assert.match(plan.ok ? '' : plan.message, /launch\.json has no configuration ".*" with a "sandbox" object/);
    assert.equal(launchSandbox(text, name), undefined);
  }
  const broken = launchEdits(launch('{ "filesystem": 3 }'), 'Run', grant('./a'));
  assert.match(broken.ok ? '' : broken.message, /"sandbox" in launch\.json cannot be changed.*must be an object/);
});
