import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findConfig } from '../../sandbox/config/findConfig.ts';
import { nearest } from '../../sandbox/config/nearest.ts';
import { fakePaths } from './fakePaths.ts';

const probe = fakePaths(
  '/a/sandbox.json',
  '/a/b/c/main.c',
  '/a/x/sandbox.json',
  '/a/x/y/sandbox.json/not',
  '/z/main.c',
);

test('the nearest sandbox.json upwards', () => {
  assert.equal(findConfig('/a/b/c/main.c', probe), '/a/sandbox.json');
  assert.equal(findConfig('/a/x/main.c', probe), '/a/x/sandbox.json');
});

test('a folder of that name is passed over', () => {
  assert.equal(findConfig('/a/x/y/main.c', probe), '/a/x/sandbox.json');
});

test('none is undefined', () => {
  assert.equal(findConfig('/z/main.c', probe), undefined);
});

test('the nearest word is a near one', () => {
  const words = ['memory', 'timeout', 'fuel'];
  assert.equal(nearest('memroy', words), 'memory');
  assert.equal(nearest('Feul', words), 'fuel');
  assert.equal(nearest('cat', words), undefined);
  assert.equal(nearest('', words), undefined);
});
