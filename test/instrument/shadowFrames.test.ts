/** Shadow frames: at every stop, the frames of all live calls hold what the program itself says its locals are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instrument } from '../../sandbox/instrument/instrument.ts';
import { SITE_ALWAYS } from '../../sandbox/instrument/instrumented.ts';
import { assemble, run } from './harness.ts';

/** Before each marked place the program tells all locals of its frame to the host, which compares. */
const program = assemble(`(module
  (import "host" "frame" (func $frame (param i32 i64 f32 f64 i32)))
  (memory 1)
  (func $descend (export "descend") (param $n i32) (param $wide i64) (result i32)
    (local $f f32) (local $d f64) (local $i i32) (local $v v128) (local $r externref)
    local.get $n local.get $wide local.get $f local.get $d local.get $i call $frame
    local.get $n f32.convert_i32_s f32.const 0.5 f32.add local.set $f
    local.get $wide i64.const 3 i64.mul local.tee $wide drop
    local.get $n f64.convert_i32_s f64.sqrt local.set $d
    local.get $n i32x4.splat local.set $v
    loop $l
      local.get $i i32.const 1 i32.add local.tee $i drop
      local.get $n local.get $wide local.get $f local.get $d local.get $i call $frame
      local.get $i i32.const 3 i32.lt_s br_if $l
    end
    local.get $n if
      local.get $n i32.const 1 i32.sub local.get $wide call $descend drop
      local.get $n local.get $wide local.get $f local.get $d local.get $i call $frame
      i32.const 7 local.set $n
      local.get $n local.get $wide local.get $f local.get $d local.get $i call $frame
    end
    local.get $i))`);

const DESCEND = 1;
const TRACKED = [0, 1, 2, 3, 4, 5, 6];

test('slots equal the locals, in inner and outer frames', () => {
  const instrumented = instrument(program, { sites: 'all', depth: true, trackedLocals: new Map([[DESCEND, TRACKED]]) });
  const { stride, slots } = instrumented.shadow;
  const slotOf = new Map(slots.get(DESCEND)!.map((each) => [each.local, each]));
  assert.deepEqual([...slotOf.keys()], [0, 1, 2, 3, 4, 5], 'the reference is not tracked');
  assert.ok(stride >= 7 * 8 && stride % 16 === 0);
  /** What each live frame told last, outermost first. */
  const live: (readonly (number | bigint)[])[] = [];
  let compared = 0;
  const told = (...locals: (number | bigint)[]): void => {
    const depth = Number((running.exports.__ws_depth as WebAssembly.Global).value) / stride;
    live.length = depth - 1;
    live.push(locals);
    live.forEach((frame, position) => {
      const at = instrumented.probe.frames + (position + 1) * stride;
      const address = (local: number): number => at + 8 * slotOf.get(local)!.slot;
      const { view } = running;
      const kept = [
        view.getInt32(address(0), true),
        view.getBigInt64(address(1), true),
        view.getFloat32(address(2), true),
        view.getFloat64(address(3), true),
        view.getInt32(address(4), true),
      ];
      assert.deepEqual(kept, frame);
      compared++;
    });
  };
  const running = run(instrumented, () => {}, { host: { frame: told } });
  // Leftovers of an earlier call must not show through.
  running.call('descend', 6, 5n);
  running.call('descend', 4, 9n);
  assert.ok(compared > 100);
});

test('vectors take two slots', () => {
  const instrumented = instrument(program, { sites: 'all', depth: true, trackedLocals: new Map([[DESCEND, [5, 4]]]) });
  assert.deepEqual(
    instrumented.shadow.slots.get(DESCEND)!.map(({ local, slot }) => [local, slot]),
    [
      [4, 0],
      [5, 1],
    ],
  );
  let lanes: number[] = [];
  const frame = (): void => {
    const at = instrumented.probe.frames + instrumented.shadow.stride + 8;
    lanes = [0, 4, 8, 12].map((lane) => running.view.getInt32(at + lane, true));
  };
  const running = run(instrumented, () => {}, { host: { frame } });
  running.call('descend', 0, 1n);
  assert.deepEqual(lanes, [0, 0, 0, 0]);
  running.call('descend', 3, 1n);
  assert.deepEqual(lanes, [3, 3, 3, 3]);
});

test('a depth beyond the room for frames traps', () => {
  const instrumented = instrument(program, { sites: 'all', depth: true, trackedLocals: new Map([[DESCEND, TRACKED]]) });
  const running = run(instrumented, () => {}, { host: { frame: () => {} } });
  (running.exports.__ws_depth as WebAssembly.Global).value = 65536 * instrumented.probe.pages;
  assert.throws(
    () => (running.exports.descend as (n: number, wide: bigint) => number)(1, 1n),
    /memory access out of bounds/,
  );
});

test('armed sites see the shadow frame of their own call', () => {
  const instrumented = instrument(program, { sites: 'all', depth: true, trackedLocals: new Map([[DESCEND, [0]]]) });
  const seen = new Set<number>();
  const running = run(
    instrumented,
    (_id, _instant, depth) => seen.add(running.view.getInt32(instrumented.probe.frames + depth, true)),
    { host: { frame: () => {} } },
  );
  running.flags.fill(SITE_ALWAYS);
  running.call('descend', 3, 1n);
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 7]);
});
