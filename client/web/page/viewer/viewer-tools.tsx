import { type ReactNode, useId } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { IconButton, visible } from '../parts/controls.js';
import { type IconName, Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';
import { type WindowChoice, optionId, windowOptions } from './presets.js';
import { faster } from './use-cine.js';
import { type Bench, spotIn } from './use-workspace.js';
import {
  HAND_TOOLS,
  INITIAL_VIEW,
  MARK_TOOLS,
  type Tool,
  type ViewState,
  flipped,
  turned,
  zoomed,
} from './view-state.js';
import { type Workspace, removeLastMark } from './workspace-state.js';

interface Props {
  readonly bench: Bench;
  readonly frame: FrameView | null;
  readonly rate: number;
  readonly firstDocument: string | null;
}

const TOOLS: Readonly<Record<Tool, readonly [icon: IconName, text: TextKey]>> = {
  window: ['window', 'viewer.toolWindow'],
  scroll: ['stack', 'viewer.toolScroll'],
  pan: ['move', 'viewer.toolPan'],
  zoom: ['search', 'viewer.toolZoom'],
  cross: ['cross', 'viewer.toolCross'],
  length: ['ruler', 'viewer.toolLength'],
  angle: ['angle', 'viewer.toolAngle'],
  ellipse: ['ellipse', 'viewer.toolEllipse'],
  probe: ['probe', 'viewer.toolProbe'],
};

/** Everything that can be done with what is on the screen, in groups: tool, window, view, film, arrangement. */
export function ViewerTools(props: Props): ReactNode {
  const { bench, frame } = props;
  const { work } = bench;
  const tools = [...(work.layout === 'planes' ? (['cross'] as const) : []), ...HAND_TOOLS, ...MARK_TOOLS];
  const { t } = useDesk();
  return (
    <div className="viewer-tools" role="group" aria-label={t('viewer.tools')}>
      <div role="radiogroup" aria-label={t('viewer.tool')} className="tool-group">
        {tools.map((one) => (
          <ToolButton key={one} tool={one} bench={bench} />
        ))}
        <IconButton
          icon="erase"
          label={t('viewer.removeMark')}
          disabled={work.draft === null && (work.marks.get(spotIn(bench)) ?? []).length === 0}
          onClick={() => bench.update(removeLastMark(spotIn(bench)))}
        />
      </div>
      {frame?.kind === 'gray' ? <Windows frame={frame} view={bench.pane.view} onView={bench.onView} /> : null}
      <ViewGroup bench={bench} />
      <CineGroup {...props} />
      <LayoutGroup {...props} />
    </div>
  );
}

function ToolButton({ tool, bench: { work, update } }: { readonly tool: Tool; readonly bench: Bench }): ReactNode {
  const { t } = useDesk();
  const [icon, text] = TOOLS[tool];
  const choose = (): void => update((before) => ({ ...before, tool, draft: null, cursor: null }));
  return (
    <button
      type="button"
      role="radio"
      aria-checked={tool === work.tool}
      aria-label={t(text)}
      title={t(text)}
      onClick={choose}
    >
      <Icon name={icon} />
    </button>
  );
}

interface WindowProps {
  readonly frame: Extract<FrameView, { kind: 'gray' }>;
  readonly view: ViewState;
  readonly onView: Bench['onView'];
}

function Windows({ frame, view, onView }: WindowProps): ReactNode {
  const { t } = useDesk();
  const id = useId();
  const options = windowOptions(frame).map((one): readonly [string, string, WindowChoice] => [
    one.id,
    one.name.kind === 'text' ? t(one.name.key) : visible(one.name.text),
    one.choice,
  ]);
  const own: readonly [string, string, WindowChoice][] =
    view.window.kind === 'own' ? [['own', t('viewer.presetOwn'), view.window]] : [];
  const all = [...options, ...own];
  return (
    <div className="preset">
      <label htmlFor={id}>{t('viewer.preset')}</label>
      <select
        id={id}
        value={optionId(view.window)}
        onChange={(event) => {
          const found = all.find(([name]) => name === event.target.value);
          if (found !== undefined) onView((one) => ({ ...one, window: found[2] }));
        }}
      >
        {all.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function ViewGroup({ bench: { pane, onView, presentations, toPresentation } }: { readonly bench: Bench }): ReactNode {
  const { t } = useDesk();
  return (
    <div className="tool-group">
      <IconButton icon="minus" label={`${t('viewer.toolZoom')} −`} onClick={() => onView((one) => zoomed(one, 0.8))} />
      <IconButton icon="plus" label={`${t('viewer.toolZoom')} +`} onClick={() => onView((one) => zoomed(one, 1.25))} />
      <IconButton
        icon="invert"
        label={t('viewer.invert')}
        aria-pressed={pane.view.isInverted}
        onClick={() => onView((one) => ({ ...one, isInverted: !one.isInverted }))}
      />
      <IconButton icon="rotate" label={t('viewer.rotate')} onClick={() => onView(turned)} />
      <IconButton
        icon="flip"
        label={t('viewer.flip')}
        aria-pressed={pane.view.isFlipped}
        onClick={() => onView(flipped)}
      />
      <IconButton icon="reset" label={t('viewer.reset')} onClick={() => onView(() => INITIAL_VIEW)} />
      {presentations.length === 0 ? null : (
        <select
          className="presentation"
          aria-label={t('viewer.presentation')}
          value={pane.presentation ?? ''}
          onChange={(event) => toPresentation(event.target.value === '' ? null : event.target.value)}
        >
          <option value="">{t('viewer.noPresentation')}</option>
          {presentations.map(({ id, view }) => (
            <option key={id} value={id}>
              {visible(view.description || view.label || t('viewer.presentation'))}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function CineGroup({ bench: { work, update, total }, rate }: Props): ReactNode {
  const { t } = useDesk();
  if (total < 2) return null;
  const to = (step: number) => () => update((before) => ({ ...before, rate: faster(rate, step) }));
  return (
    <div className="tool-group cine">
      <IconButton
        icon={work.isPlaying ? 'stop' : 'play'}
        label={t(work.isPlaying ? 'viewer.stop' : 'viewer.play')}
        onClick={() => update((before) => ({ ...before, isPlaying: !before.isPlaying }))}
      />
      {work.isPlaying ? (
        <>
          <IconButton icon="minus" label={t('viewer.slower')} onClick={to(-1)} />
          <span className="rate">{t('viewer.rate', { n: rate })}</span>
          <IconButton icon="plus" label={t('viewer.faster')} onClick={to(1)} />
        </>
      ) : null}
    </div>
  );
}

function LayoutGroup({ bench, firstDocument }: Props): ReactNode {
  const { t } = useDesk();
  const { work, update, toLayout, planes } = bench;
  const isOn = (one: Workspace['layout']): boolean => work.layout === one;
  return (
    <div className="tool-group layout-group">
      <IconButton
        icon="two"
        label={t('viewer.layoutTwo')}
        aria-pressed={isOn('two')}
        onClick={() => toLayout(isOn('two') ? 'one' : 'two')}
      />
      {isOn('two') ? (
        <IconButton
          icon="link"
          label={t('viewer.link')}
          aria-pressed={work.isLinked}
          onClick={() => update((before) => ({ ...before, isLinked: !before.isLinked }))}
        />
      ) : null}
      <IconButton
        icon="planes"
        label={t('viewer.layoutPlanes')}
        aria-pressed={isOn('planes') || planes.kind === 'asking'}
        onClick={() => toLayout(isOn('planes') ? 'one' : 'planes')}
      />
      <IconButton
        icon="file"
        label={t('viewer.keyBeside')}
        aria-pressed={work.beside !== null}
        disabled={firstDocument === null}
        onClick={() => update((before) => ({ ...before, beside: before.beside === null ? firstDocument : null }))}
      />
      <IconButton
        icon="keys"
        label={t('viewer.keys')}
        onClick={() => update((before) => ({ ...before, isHelp: true }))}
      />
    </div>
  );
}
