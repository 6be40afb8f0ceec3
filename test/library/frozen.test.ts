import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Sandbox } from '../../sandbox/index.ts';
import { workspace } from './workspace.ts';

const PROGRAM = `#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
int main(void) {
  unsigned char bytes[16];
  getentropy(bytes, sizeof bytes);
  for (int index = 0; index < 16; index++) printf("%02x", bytes[index]);
  struct timespec real, monotonic;
  clock_gettime(CLOCK_REALTIME, &real);
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  fclose(fopen("/tmp/x", "w"));
  struct stat status;
  stat("/tmp/x", &status);
  printf(" %lld.%ld %lld.%ld %lld", real.tv_sec, real.tv_nsec, monotonic.tv_sec, monotonic.tv_nsec, (long long)status.st_mtime);
}
`;

test('with a frozen clock and a seed, two runs are the same to the byte; with another seed they are not', async () => {
  const here = workspace([]);
  const file = path.join(here.folder, 'random.c');
  writeFileSync(file, PROGRAM);
  const run = async (random: number | 'real') => {
    const config = { clock: 'frozen', random, filesystem: { temp: true } };
    const { stdout, usage } = await Sandbox.fromSource(file, { config }).start();
    return { stdout, instructions: usage.instant };
  };
  const first = await run(7);
  assert.match(first.stdout, /^[0-9a-f]{32} \d+\.\d+ \d+\.\d+ \d+$/);
  assert.deepEqual(await run(7), first);
  assert.notEqual((await run(8)).stdout, first.stdout);
  assert.notEqual((await run('real')).stdout, first.stdout);
});
