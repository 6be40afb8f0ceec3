/** Above the timeline: whether the program runs, the instant at the cursor, how much of the limits is used, zoom. */
import type { JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import type { RunState } from './messages.ts';
import { formatCount, formatShare, formatTime } from './quantities.ts';
import type { RunModel } from './runModel.ts';

export interface ToolbarProps {
  readonly model: RunModel;
  /** Of the cursor. */
  readonly time: number;
  /** The cursor is at the end and stays there. */
  readonly following: boolean;
  onFollow(): void;
  onZoom(factor: number): void;
  onWhole(): void;
}

export function Toolbar({ model, time, following, onFollow, onZoom, onWhole }: ToolbarProps): JSX.Element {
  return (
    <div class="toolbar" role="toolbar" aria-label="Timeline">
      <StateBadge state={model.state} name={model.name} />
      <span class="moment">
        <span class="mono">{formatTime(time, 1)}</span>
        <span class="mono instant" title="Instructions executed so far">
          #{formatCount(model.instantAt(time))}
        </span>
      </span>
      <span class="spring" />
      <Budget model={model} />
      {!following && (
        <button type="button" class="button text" title="Follow the end of the run (End)" onClick={onFollow}>
          <Icon name="end" />
          <span class="words">Go to end</span>
        </button>
      )}
      <IconButton icon="zoomOut" label="Zoom out (−)" onClick={() => onZoom(2)} />
      <IconButton icon="zoomIn" label="Zoom in (+)" onClick={() => onZoom(0.5)} />
      <IconButton icon="zoomWhole" label="Show the whole run (0)" onClick={onWhole} />
    </div>
  );
}

function StateBadge({ state, name }: { readonly state: RunState; readonly name: string }): JSX.Element {
  const [icon, words] = describe(state);
  return (
    <span class={`state ${state.kind}`} role="status" title={name}>
      <Icon name={icon} />
      {words}
    </span>
  );
}

function describe(state: RunState): readonly [IconName, string] {
  switch (state.kind) {
    case 'starting':
      return ['running', 'Starting'];
    case 'running':
      return ['running', 'Running'];
    case 'stopped':
      return ['stopped', FAULTS[state.cause ?? ''] ?? STOPPED[state.reason] ?? 'Stopped'];
    case 'ended':
      return ['finished', state.exitCode === undefined ? 'Ended' : `Ended, exit code ${state.exitCode}`];
  }
}

/** By the reason of DAP's `stopped` event. */
const STOPPED: Readonly<Record<string, string>> = {
  breakpoint: 'Stopped at breakpoint',
  step: 'Stopped after step',
  entry: 'Stopped at entry',
  exception: 'Stopped on fault',
  pause: 'Paused',
};

/** By what the adapter says the exception was. */
const FAULTS: Readonly<Record<string, string>> = {
  trap: 'Stopped on trap',
  abort: 'Stopped on abort',
  limit: 'Stopped at a limit',
  violation: 'Stopped at a refused call',
};

/** Instructions and running time, as shares of what the configuration allows. */
function Budget({ model }: { readonly model: RunModel }): JSX.Element | null {
  const { fuel, timeout } = model.limits;
  const instant = model.instantAt(model.end);
  const parts = [
    ...(fuel === null
      ? []
      : [
          {
            name: 'Fuel',
            share: formatShare(instant, fuel),
            full: `${formatCount(instant)} of ${formatCount(fuel)} instructions`,
          },
        ]),
    ...(timeout === null
      ? []
      : [
          {
            name: 'Time',
            share: formatShare(model.end, timeout),
            full: `${formatTime(model.end, 100)} of ${formatTime(timeout, 1000)}`,
          },
        ]),
  ];
  if (parts.length === 0) return null;
  return (
    <span class="budget">
      {parts.map(({ name, share, full }) => (
        <span key={name} title={full}>
          {name} <b>{share}</b>
        </span>
      ))}
    </span>
  );
}

function IconButton(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button type="button" class="button" title={props.label} aria-label={props.label} onClick={props.onClick}>
      <Icon name={props.icon} />
    </button>
  );
}
