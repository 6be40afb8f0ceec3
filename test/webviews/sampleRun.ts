/** A made-up run with everything in it, recorded as the extension records a real one. */
import type { ViolationEventBody } from '../../debug-adapter/events.ts';
import { RunHistory } from '../../extension/runHistory.ts';
import type { ConfigChange } from '../../sandbox/config/configEdits.ts';

export const MEBIBYTE = 2 ** 20;

/** Milliseconds. */
export const RUN_LENGTH = 12_600;

const PHASES = [
  { until: 0.1, rate: 30e6, calls: 240, io: 900e3 },
  { until: 0.45, rate: 88e6, calls: 90, io: 90e3 },
  { until: 0.7, rate: 172e6, calls: 22, io: 0 },
  { until: 0.85, rate: 26e6, calls: 900, io: 1800e3 },
  { until: 1, rate: 160e6, calls: 20, io: 4e3 },
] as const;

export function sampleRun(): RunHistory {
  const run = new RunHistory(1, 'Debug orders.c in the sandbox');
  run.running();
  run.addUsage({ limits: { memory: 16 * MEBIBYTE, fuel: 10e9, timeout: 30_000 }, samples: samples() });
  for (const [time, operation, target, required, errno, line, count] of VIOLATIONS) {
    for (let n = 0; n < count; n++) run.addViolation(violation(time + n * 3, operation, target, required, errno, line));
  }
  for (const time of [1200, 1260, 1330, 4100, 7000, 7040, 9900]) run.stopped({ reason: 'breakpoint', time });
  for (let n = 0; n < 400; n++) run.addOutput(Math.sqrt(n / 400) * RUN_LENGTH, n % 29 === 0);
  run.stopped({ reason: 'breakpoint', time: RUN_LENGTH });
  return run;
}

export function violation(
  time: number,
  operation: string,
  target: string,
  required: string,
  errno: string,
  line: number,
): ViolationEventBody {
  const location = { source: '/project/src/orders.c', line, column: 5 };
  return {
    seq: 1,
    instant: Math.round(time * 1e5),
    time,
    operation,
    target,
    required,
    available: required === 'filesystem.read' ? ['./data'] : [],
    decision: 'denied',
    errno,
    function: 'load_orders',
    location,
    stack: [{ function: 'load_orders', source: location.source, line, library: false }],
    configFile: '/project/sandbox.json',
    ...(errno === 'ACCES' ? { remedy: remedyOf(required, target) } : {}),
  };
}

function remedyOf(required: string, value: string): ConfigChange {
  const title = `Grant ${required} "${value}" in sandbox.json`;
  return { title, changes: [{ path: required.split('.'), kind: 'append', value }] };
}

const VIOLATIONS = [
  [940, 'path_open', '/etc/passwd', 'filesystem.read', 'NOTCAPABLE', 41, 1],
  [1510, 'environ_get', 'AWS_SECRET_ACCESS_KEY', 'env', 'ACCES', 88, 1],
  [3380, 'path_open', '../../.ssh/id_ed25519', 'filesystem.read', 'NOTCAPABLE', 212, 3],
  [5820, 'sock_connect', '203.0.113.9:443', 'network', 'ACCES', 57, 14],
  [6100, 'clock_time_get', 'realtime', 'clock', 'ACCES', 19, 204],
  [8670, 'path_open', 'out/report.csv', 'filesystem.write', 'ACCES', 118, 6],
  [9730, 'path_open', 'prices.csv', 'filesystem.read', 'ACCES', 133, 1],
  [11_000, 'path_readlink', '/proc/self/maps', 'filesystem.read', 'NOTCAPABLE', 12, 1],
] as const;

function samples() {
  const step = 33;
  const made = [];
  let [instant, hostCalls, io] = [0, 0, 0];
  let memory = 2 * MEBIBYTE;
  for (let time = step; time <= RUN_LENGTH; time += step) {
    const phase = PHASES.find((one) => time / RUN_LENGTH <= one.until) ?? PHASES[0];
    const wobble = 1 + Math.sin(time / 97) * 0.08 + Math.sin(time / 31) * 0.05;
    instant += Math.round((phase.rate * wobble * step) / 1000);
    hostCalls += Math.round((phase.calls * wobble * step) / 100);
    io += Math.round((phase.io * (1 + Math.sin(time / 150)) * step) / 1000);
    if (time % 990 === 0) memory = Math.min(14 * MEBIBYTE, memory + MEBIBYTE);
    const files = { bytesRead: 0, bytesWritten: 0, filesOpened: 2 };
    const network = { networkRequests: 0, bytesSent: 0, bytesReceived: 0 };
    made.push({ time, instant, memory, hostCalls, outputBytes: io, ...files, ...network });
  }
  return made;
}
