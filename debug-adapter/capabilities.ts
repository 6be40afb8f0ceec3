/** What the adapter says it can do: every line is backed by a handler in `adapter.ts`. */
import type { DebugProtocol } from '@vscode/debugprotocol';

/** Exception filters, by the `filter` that the client sends back. */
export const exceptionFilters = {
  traps: {
    label: 'Traps',
    description: 'Stop where the program traps: unreachable, division by zero, out of bounds, abort, …',
    default: true,
  },
  limits: {
    label: 'Limits',
    description: 'Stop where a limit of sandbox.json is reached: memory, fuel, timeout, call depth, output.',
    default: true,
  },
  violations: {
    label: 'Capability Violations',
    description: 'Stop where the sandbox refuses a host call. The program can go on from there.',
    default: false,
  },
} as const;

export const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsBreakpointLocationsRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsValueFormattingOptions: true,
  supportsDelayedStackTraceLoading: true,
  supportsExceptionInfoRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: Object.entries(exceptionFilters).map(([filter, shown]) => ({ filter, ...shown })),
};
