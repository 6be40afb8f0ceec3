/** The two times and flags of `fd_filestat_set_times` and `path_filestat_set_times`. */
import { ClockId, TimeFlag } from './abi.ts';
import { fail } from './errno.ts';
import type { NewTimes } from './fileSystem.ts';
import type { CallContext } from './host.ts';

const ALL_FLAGS = TimeFlag.ATIM | TimeFlag.ATIM_NOW | TimeFlag.MTIM | TimeFlag.MTIM_NOW;

export function newTimes({ options }: CallContext, accessed: bigint, modified: bigint, flags: number): NewTimes {
  if ((flags & ~ALL_FLAGS) !== 0) fail('INVAL');
  const choose = (time: bigint, given: number, now: number) => {
    if ((flags & given) !== 0 && (flags & now) !== 0) fail('INVAL');
    if ((flags & given) !== 0) return BigInt.asUintN(64, time);
    return (flags & now) !== 0 ? options.clock.now(ClockId.REALTIME) : undefined;
  };
  return {
    accessed: choose(accessed, TimeFlag.ATIM, TimeFlag.ATIM_NOW),
    modified: choose(modified, TimeFlag.MTIM, TimeFlag.MTIM_NOW),
  };
}
