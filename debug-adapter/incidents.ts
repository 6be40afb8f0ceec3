/** What the sandbox refused and which limit was reached, as the bodies of events: with its place, its stack, and what would change it. */
import { type DebugFrame, userLocation } from '../sandbox/debugger/frames.ts';
import type { DebugLocation } from '../sandbox/debugger/sources.ts';
import type { ViolationReport } from '../sandbox/debugger/violationTally.ts';
import type { Exhausted } from '../sandbox/guest/protocol.ts';
import type {
  LimitEventBody,
  Moment,
  Remedied,
  ViolationEventBody,
  ViolationFrame,
  ViolationLocation,
} from './events.ts';
import type { Positions } from './positions.ts';
import { limitText } from './stopText.ts';

export function violationBody(report: ViolationReport, positions: Positions, remedied: Remedied): ViolationEventBody {
  const { frames, origin, count, novelty, ...violation } = report;
  return {
    ...violation,
    ...remedied,
    ...placeOf(frames, origin, positions),
    ...(count === 1 ? {} : { count }),
    ...(novelty === 'unlisted' ? { unlisted: true } : {}),
  };
}

export function limitBody(
  exhausted: Exhausted,
  frames: readonly DebugFrame[],
  positions: Positions,
): Omit<LimitEventBody, keyof Moment> {
  return {
    limit: exhausted.kind,
    message: limitText(exhausted),
    ...placeOf(frames, userLocation(frames), positions),
  };
}

/** Where it happened, for a listener. `origin`: the innermost frame in the user's own sources. */
function placeOf(
  frames: readonly DebugFrame[],
  origin: DebugFrame | undefined,
  positions: Positions,
): Pick<LimitEventBody, 'function' | 'location' | 'stack'> {
  const at = origin?.location;
  return {
    function: origin?.name ?? frames[0]?.name ?? '',
    location: at === undefined ? null : locationBody(at, positions),
    stack: frames.map((frame) => frameBody(frame, positions)),
  };
}

function locationBody({ source, line, column }: DebugLocation, positions: Positions): ViolationLocation {
  return { source: source.path, line: positions.lineToClient(line), column: positions.columnToClient(column) };
}

function frameBody({ name, location, library }: DebugFrame, positions: Positions): ViolationFrame {
  return {
    function: name,
    source: location?.source.path ?? null,
    line: location ? positions.lineToClient(location.line) : null,
    library,
  };
}
