// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which the layout of a table does not allow
// biome-ignore-all lint/a11y/useFocusableInteractive: in a grid with a roving tabindex one row is focusable, no cell is
/**
 * The list itself: a grid of which one row has the focus, as the ARIA practices have it. Only the rows in sight
 * are in the page, so that thousands cost nothing.
 */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import type { SourceLocation, ViolationGroup } from './messages.ts';
import { formatCount, formatMoment } from './quantities.ts';
import { type Severity, severityOf } from './severity.ts';
import { useSize } from './useSize.ts';
import { clamp } from './viewport.ts';
import { shortLocation, shortRemedy } from './violationList.ts';

export interface ViolationGridProps {
  readonly violations: readonly ViolationGroup[];
  readonly time: number;
  readonly selected: number | undefined;
  onSelect(id: number): void;
  onOpen(location: SourceLocation): void;
  /** A group's id. */
  onGrant(id: number): void;
}

const ROW_HEIGHT = 24;

/** Rows above and below those in sight. */
const MARGIN = 6;

const SEVERITY: Readonly<Record<Severity, readonly [IconName, string]>> = {
  high: ['error', 'High'],
  medium: ['warning', 'Medium'],
  low: ['info', 'Low'],
};

export function ViolationGrid(props: ViolationGridProps): JSX.Element {
  const { violations, selected } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const { height } = useSize(scroll);
  const active = Math.max(
    0,
    violations.findIndex((violation) => violation.id === selected),
  );
  const [toFocus, setToFocus] = useState<number | undefined>(undefined);

  useLayoutEffect(() => {
    if (selected !== undefined && scroll.current !== null) bringIntoSight(scroll.current, active);
  }, [selected]);
  useLayoutEffect(() => {
    if (toFocus === undefined) return;
    scroll.current?.querySelector<HTMLElement>(`[data-index="${toFocus}"]`)?.focus({ preventScroll: true });
    setToFocus(undefined);
  }, [toFocus, top]);

  const goTo = (index: number): void => {
    const wanted = clamp(index, 0, violations.length - 1);
    const violation = violations[wanted];
    if (violation === undefined || scroll.current === null) return;
    bringIntoSight(scroll.current, wanted);
    props.onSelect(violation.id);
    setTop(scroll.current.scrollTop);
    setToFocus(wanted);
  };
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN);
  const last = Math.min(violations.length, Math.ceil((top + height) / ROW_HEIGHT) + MARGIN);
  const inSight = violations
    .map((violation, index) => ({ violation, index }))
    .filter(({ index }) => (index >= first && index < last) || index === active);
  return (
    <div class="scroll" ref={scroll} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <div
        role="grid"
        aria-label="Violations"
        aria-rowcount={violations.length + 1}
        class="grid"
        style={{ height: `${(violations.length + 1) * ROW_HEIGHT}px` }}
      >
        <div role="row" class="head" aria-rowindex={1}>
          <span role="columnheader" class="severity-head">
            Severity
          </span>
          <span role="columnheader">Time</span>
          <span role="columnheader" class="capability">
            Capability
          </span>
          <span role="columnheader">Refused call</span>
          <span role="columnheader">Source</span>
          <span role="columnheader" class="number">
            Count
          </span>
          <span role="columnheader" class="grant-head">
            Fix
          </span>
        </div>
        {inSight.map(({ violation, index }) => (
          <Row
            key={violation.id}
            {...props}
            violation={violation}
            index={index}
            isActive={index === active}
            goTo={goTo}
            page={Math.max(1, Math.floor(height / ROW_HEIGHT) - 1)}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps extends ViolationGridProps {
  readonly violation: ViolationGroup;
  readonly index: number;
  readonly isActive: boolean;
  readonly page: number;
  goTo(index: number): void;
}

function Row({ violation, index, isActive, page, goTo, ...props }: RowProps): JSX.Element {
  const { location } = violation;
  const [icon, word] = SEVERITY[severityOf(violation)];
  const open = (): void => {
    props.onSelect(violation.id);
    if (location !== null) props.onOpen(location);
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => goTo(index + 1),
    ArrowUp: () => goTo(index - 1),
    PageDown: () => goTo(index + page),
    PageUp: () => goTo(index - page),
    Home: () => goTo(0),
    End: () => goTo(props.violations.length - 1),
    Enter: open,
  };
  return (
    <div
      role="row"
      class={violation.time > props.time ? 'item future' : 'item'}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={violation.id === props.selected}
      tabIndex={isActive ? 0 : -1}
      style={{ top: `${(index + 1) * ROW_HEIGHT}px` }}
      onClick={() => props.onSelect(violation.id)}
      onDblClick={open}
      onKeyDown={(event) => {
        const action = keys[event.key];
        if (action === undefined) return;
        event.preventDefault();
        action();
      }}
    >
      <span role="gridcell" class={`severity ${severityOf(violation)}`} title={word}>
        <Icon name={icon} />
        <em>{word}</em>
      </span>
      <span role="gridcell" class="mono">
        {formatMoment(violation.time)}
      </span>
      <span role="gridcell" class="capability">
        {violation.required}
      </span>
      <span
        role="gridcell"
        class="mono cut"
        title={violation.message ?? `${violation.operation} ${violation.target}, needs ${violation.required}`}
      >
        <b>{violation.operation}</b> {violation.target}
      </span>
      <span role="gridcell" class="cut">
        {location === null ? (
          <span class="dim">unknown</span>
        ) : (
          <a
            href={`vscode://file${location.source}:${location.line}`}
            tabIndex={-1}
            title={`${location.source}:${location.line}`}
            onClick={(event) => {
              // VS Code would open the address by itself, in another window perhaps.
              event.preventDefault();
              event.stopPropagation();
              open();
            }}
          >
            {shortLocation(location)}
          </a>
        )}
      </span>
      <span role="gridcell" class="mono number">
        {formatCount(violation.count)}
      </span>
      <span role="gridcell">
        {violation.remedy !== null && (
          <button
            type="button"
            class="grant"
            tabIndex={-1}
            title={violation.remedy}
            aria-label={violation.remedy}
            onClick={(event) => {
              event.stopPropagation();
              props.onGrant(violation.id);
            }}
          >
            <Icon name="fix" />
            <span class="words">{shortRemedy(violation.remedy)}</span>
          </button>
        )}
      </span>
    </div>
  );
}

function bringIntoSight(scroll: HTMLElement, index: number): void {
  // The head sticks to the top and covers one row.
  const above = index * ROW_HEIGHT;
  const below = (index + 2) * ROW_HEIGHT;
  if (scroll.scrollTop > above) scroll.scrollTop = above;
  else if (scroll.scrollTop + scroll.clientHeight < below) scroll.scrollTop = below - scroll.clientHeight;
}
