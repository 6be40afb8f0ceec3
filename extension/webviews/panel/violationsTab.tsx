/** The violations of the run: a filter, a list that the keyboard can walk, and the chosen one in a sentence. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import type { SourceLocation, ViolationGroup } from './messages.ts';
import { formatCount } from './quantities.ts';
import type { RunModel } from './runModel.ts';
import { ViolationGrid } from './violationGrid.tsx';
import { explain, filterViolations, shortRemedy } from './violationList.ts';

export interface ViolationsTabProps {
  readonly model: RunModel;
  /** Of the cursor: what happened later is dimmed. */
  readonly time: number;
  /** The chosen violation's id. */
  readonly selected: number | undefined;
  onSelect(id: number): void;
  onOpen(location: SourceLocation): void;
  /** A group's id. */
  onGrant(id: number): void;
  onGrantAll(): void;
}

export function ViolationsTab({ model, time, selected, onGrantAll, ...actions }: ViolationsTabProps): JSX.Element {
  const [filter, setFilter] = useState('');
  const all = model.violations;
  const shown = useMemo(() => filterViolations(all, filter), [all, filter]);
  const chosen = shown.find((violation) => violation.id === selected);
  const count = model.violationCount;
  return (
    <section class="right" aria-label="Sandbox details">
      <div class="tabs" role="tablist" aria-label="Sandbox details">
        <button type="button" role="tab" id="tab-violations" aria-selected={true} aria-controls="violations">
          Violations
          <span class={count > 0 ? 'badge' : 'badge none'}>{formatCount(count)}</span>
        </button>
      </div>
      <div class="details" role="tabpanel" id="violations" aria-labelledby="tab-violations">
        {all.length === 0 ? (
          <NoViolations model={model} />
        ) : (
          <>
            <div class="bar">
              <label class="field">
                <Icon name="search" />
                <input
                  type="text"
                  placeholder="Filter by capability, call or file"
                  aria-label="Filter violations"
                  value={filter}
                  onInput={(event) => setFilter(event.currentTarget.value)}
                />
              </label>
              <span class="shown" role="status">
                {summary(shown, all, model.unlisted)}
              </span>
              {all.some((violation) => violation.remedy !== null) && (
                <button
                  type="button"
                  class="grant all"
                  title="Change sandbox.json so that everything this run was refused is granted, and limits that it reached are raised"
                  onClick={onGrantAll}
                >
                  <Icon name="fix" />
                  Grant all
                </button>
              )}
            </div>
            <ViolationGrid violations={shown} time={time} selected={selected} {...actions} />
            {chosen !== undefined && <Explanation violation={chosen} onGrant={actions.onGrant} />}
          </>
        )}
      </div>
    </section>
  );
}

/** The chosen violation in a sentence, with what would answer it. */
function Explanation({ violation, onGrant }: ExplanationProps): JSX.Element {
  const { operation, target, remedy, id } = violation;
  return (
    <div class="explanation">
      <p title={`${operation} ${target} ${explain(violation)}`}>
        <b>
          {operation} {target}
        </b>{' '}
        {explain(violation)}
      </p>
      {remedy !== null && (
        <button type="button" class="grant" title={remedy} aria-label={remedy} onClick={() => onGrant(id)}>
          <Icon name="fix" />
          <span class="cut">{remedy}</span>
          <span class="short">{shortRemedy(remedy)}</span>
        </button>
      )}
    </div>
  );
}

interface ExplanationProps extends Pick<ViolationsTabProps, 'onGrant'> {
  readonly violation: ViolationGroup;
}

function NoViolations({ model }: { readonly model: RunModel }): JSX.Element {
  const over = model.state.kind === 'ended';
  return (
    <div class="nothing" role="status">
      <Icon name="shield" />
      <p>
        <strong>{over ? 'No violations' : 'No violations so far'}</strong>
        {over
          ? 'The program asked for nothing that was not granted.'
          : 'A call that the sandbox refuses is listed here, with the line that made it.'}
      </p>
    </div>
  );
}

function summary(shown: readonly ViolationGroup[], all: readonly ViolationGroup[], unlisted: number): string {
  if (shown.length < all.length) return `${formatCount(shown.length)} of ${formatCount(all.length)}`;
  const more = unlisted > 0 ? `, ${formatCount(unlisted)} more not listed` : '';
  return `${formatCount(all.length)} ${all.length === 1 ? 'place' : 'places'}${more}`;
}
