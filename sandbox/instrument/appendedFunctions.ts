/**
 * The two functions that instrumentation appends. `stop` stands between a site and the hook and decides in wasm, which
 * is far cheaper than in JavaScript, whether this frame is meant. `event` calls the hook for what is not a site. Both
 * take (id i32, instant i64, depth i32).
 */
import { OP } from '../wasm/opcodes.ts';
import { NUMERIC_TYPE_CODES } from '../wasm/valueType.ts';
import { CodeWriter } from './codeWriter.ts';
import { EVENT_STACK_OVERFLOW, SITE_ALWAYS, SITE_STEP } from './instrumented.ts';
import type { Plan } from './plan.ts';

const ID = 0;
const INSTANT = 1;
const DEPTH = 2;
/** Locals: what the globals of clock and depth held. */
const OLD_CLOCK = 3;
const OLD_DEPTH = 4;
const LOCALS = [2, 1, NUMERIC_TYPE_CODES.i64, 1, NUMERIC_TYPE_CODES.i32];

/** Returns the flags as they are after the stop: the site's own in the lowest byte, those of the next sites above it. */
export function stopFunction(plan: Plan): Uint8Array {
  const out = new CodeWriter();
  const flags = { memory: plan.added.memory, offset: plan.probe.flags };
  const stepDepth = { memory: plan.added.memory, offset: plan.probe.stepDepth };
  out.raw(LOCALS);
  out.localGet(ID).access(OP.i32Load8U, flags).i32Const(SITE_ALWAYS).op(OP.i32And);
  out.localGet(ID).access(OP.i32Load8U, flags).i32Const(SITE_STEP).op(OP.i32And).i32Const(0).op(OP.i32GtS);
  out.localGet(DEPTH).i32Const(0).access(OP.i32Load, stepDepth).op(OP.i32LeS).op(OP.i32And);
  out.op(OP.i32Or).ifThen();
  callHook(out, plan);
  out.end();
  out.localGet(ID).access(OP.i32Load, flags);
  return out.end().written();
}

/** A stack overflow ends in a trap, which no `catch_all` of the guest can hold up. */
export function eventFunction(plan: Plan): Uint8Array {
  const out = new CodeWriter();
  out.raw(LOCALS);
  callHook(out, plan);
  out.localGet(ID).i32Const(EVENT_STACK_OVERFLOW).op(OP.i32Eq).ifThen().op(OP.unreachable).end();
  return out.end().written();
}

/**
 * While the hook runs, the globals say where the guest is; then they become again what the stopped function relies on.
 */
function callHook(out: CodeWriter, plan: Plan): void {
  const { clock, depth, hookType, table } = plan.added;
  out.globalGet(clock).localSet(OLD_CLOCK).globalGet(depth).localSet(OLD_DEPTH);
  if (plan.clock !== 'none') out.localGet(INSTANT).globalSet(clock);
  if (plan.options.depth) out.localGet(DEPTH).globalSet(depth);
  out.localGet(ID).localGet(INSTANT).op(OP.f64ConvertI64S).localGet(DEPTH);
  out.i32Const(0).op(OP.callIndirect).unsigned(hookType).unsigned(table);
  out.localGet(OLD_CLOCK).globalSet(clock).localGet(OLD_DEPTH).globalSet(depth);
}
