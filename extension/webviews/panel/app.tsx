/** The panel: the timeline at the left, the violations at the right; one above the other where there is no width. */
import type { JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { EmptyPanel } from './emptyPanel.tsx';
import { onHostMessage, send } from './host.ts';
import { type PanelState, PanelStore } from './panelStore.ts';
import type { RunModel } from './runModel.ts';
import { useTheme } from './theme.ts';
import { Timeline } from './timeline.tsx';
import { Toolbar } from './toolbar.tsx';
import { useSize } from './useSize.ts';
import { type Cursor, cursorAt, revealing, spanOf, timeOf, type Viewport, zoomed } from './viewport.ts';
import { ViolationsTab } from './violationsTab.tsx';

const SIDE_BY_SIDE = 880;
const SHORT = 420;

export function App(): JSX.Element {
  const state = usePanelState();
  if (state.kind === 'waiting') return <main class="app" />;
  if (state.kind === 'empty') return <EmptyPanel onDebug={() => send({ type: 'debug' })} />;
  return <RunPanel key={state.model.id} model={state.model} revision={state.revision} />;
}

function RunPanel({ model, revision }: { readonly model: RunModel; readonly revision: number }): JSX.Element {
  const theme = useTheme();
  const box = useRef<HTMLElement>(null);
  const { width, height } = useSize(box);
  const [view, setView] = useState<Viewport>({ kind: 'whole' });
  const [cursor, setCursor] = useState<Cursor>({ kind: 'end' });
  const [selected, setSelected] = useState<number | undefined>(undefined);
  const { end } = model;
  const time = timeOf(cursor, end);

  const moveTo = (wanted: number, reveal = false): void => {
    setCursor(cursorAt(wanted, end));
    if (reveal) setView(revealing(view, end, wanted));
  };
  const select = (id: number): void => {
    setSelected(id);
    const violation = model.violations.find((one) => one.id === id);
    if (violation !== undefined) moveTo(violation.time, true);
  };
  const zoom = (factor: number): void =>
    setView(zoomed(view, end, factor, cursor.kind === 'end' ? spanOf(view, end).to : time));
  const follow = (): void => {
    setCursor({ kind: 'end' });
    setView(view.kind === 'fixed' ? { kind: 'tail', span: view.to - view.from } : view);
  };
  const stacked = width < SIDE_BY_SIDE && height >= SHORT;
  return (
    <main class={`app run ${stacked ? 'stacked' : 'beside'}`} ref={box} data-state={model.state.kind}>
      <section class="left" aria-label="Timeline">
        <Toolbar
          model={model}
          time={time}
          following={cursor.kind === 'end' && view.kind !== 'fixed'}
          onFollow={follow}
          onZoom={zoom}
          onWhole={() => setView({ kind: 'whole' })}
        />
        <Timeline {...{ model, revision, theme, view, setView, cursor, select, moveTo }} onZoom={zoom} />
      </section>
      <ViolationsTab
        model={model}
        time={time}
        selected={selected}
        onSelect={select}
        onOpen={(location) => send({ type: 'open', location })}
        onGrant={(violation) => send({ type: 'grant', violation })}
        onGrantAll={() => send({ type: 'grantAll' })}
      />
    </main>
  );
}

/** The store's state, shown at most once a frame however many messages come. */
function usePanelState(): PanelState {
  const store = useRef(new PanelStore()).current;
  const [state, setState] = useState<PanelState>(store.state);
  const frame = useRef(0);
  const show = useCallback(() => {
    frame.current = 0;
    setState(store.state);
  }, [store]);
  useEffect(() => {
    const stop = onHostMessage((message) => {
      if (!store.receive(message)) send({ type: 'ready', lastSeq: store.lastSeq });
      if (frame.current === 0) frame.current = requestAnimationFrame(show);
    });
    send({ type: 'ready', lastSeq: store.lastSeq });
    return () => {
      stop();
      cancelAnimationFrame(frame.current);
    };
  }, [store, show]);
  return state;
}
