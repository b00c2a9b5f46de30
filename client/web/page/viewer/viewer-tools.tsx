import { type ReactNode, useId } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { IconButton } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { PRESETS, type WindowChoice, presetText } from './presets.js';
import { INITIAL_VIEW, TOOLS, type Tool, type ViewState, zoomed } from './view-state.js';

interface Props {
  readonly view: ViewState;
  readonly tool: Tool;
  readonly frame: FrameView | null;
  readonly isPlaying: boolean;
  readonly canPlay: boolean;
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly onTool: (tool: Tool) => void;
  readonly onPlay: (isPlaying: boolean) => void;
}

const TOOL_TEXT = {
  window: 'viewer.toolWindow',
  pan: 'viewer.toolPan',
  zoom: 'viewer.toolZoom',
  scroll: 'viewer.toolScroll',
} as const;

export function ViewerTools({ view, tool, frame, isPlaying, canPlay, onView, onTool, onPlay }: Props): ReactNode {
  const { t } = useDesk();
  return (
    <div className="viewer-tools">
      <div role="radiogroup" aria-label={t('viewer.tool')} className="tool-group">
        {TOOLS.map((one) => (
          <button key={one} type="button" role="radio" aria-checked={one === tool} onClick={() => onTool(one)}>
            {t(TOOL_TEXT[one])}
          </button>
        ))}
      </div>
      {frame?.kind === 'gray' ? <Presets view={view} isHounsfield={frame.unit === 'HU'} onView={onView} /> : null}
      <div className="tool-group">
        <IconButton
          icon="minus"
          label={`${t('viewer.toolZoom')} −`}
          onClick={() => onView((one) => zoomed(one, 0.8))}
        />
        <IconButton
          icon="plus"
          label={`${t('viewer.toolZoom')} +`}
          onClick={() => onView((one) => zoomed(one, 1.25))}
        />
        <IconButton
          icon="invert"
          label={t('viewer.invert')}
          aria-pressed={view.isInverted}
          onClick={() => onView((one) => ({ ...one, isInverted: !one.isInverted }))}
        />
        <IconButton
          icon="rotate"
          label={t('viewer.rotate')}
          onClick={() => onView((one) => ({ ...one, turns: (one.turns + 1) % 4 }))}
        />
        <IconButton icon="reset" label={t('viewer.reset')} onClick={() => onView(() => INITIAL_VIEW)} />
        <IconButton
          icon={isPlaying ? 'stop' : 'play'}
          label={t(isPlaying ? 'viewer.stop' : 'viewer.play')}
          disabled={!canPlay}
          onClick={() => onPlay(!isPlaying)}
        />
      </div>
    </div>
  );
}

interface PresetProps {
  readonly view: ViewState;
  /** The usual windows are of Hounsfield units. */
  readonly isHounsfield: boolean;
  readonly onView: Props['onView'];
}

function Presets({ view, isHounsfield, onView }: PresetProps): ReactNode {
  const { t } = useDesk();
  const id = useId();
  const choices: readonly (readonly [name: string, text: string, choice: WindowChoice])[] = [
    ['sent', t('viewer.presetSent'), { kind: 'sent' }],
    ...(isHounsfield ? PRESETS : []).map((name) => [name, t(presetText(name)), { kind: 'preset', name }] as const),
    ['full', t('viewer.presetFull'), { kind: 'full' }],
    ...(view.window.kind === 'own' ? [['own', t('viewer.presetOwn'), view.window] as const] : []),
  ];
  const current = view.window.kind === 'preset' ? view.window.name : view.window.kind;
  return (
    <div className="preset">
      <label htmlFor={id}>{t('viewer.preset')}</label>
      <select
        id={id}
        value={current}
        onChange={(event) => {
          const found = choices.find(([name]) => name === event.target.value);
          if (found !== undefined) onView((one) => ({ ...one, window: found[2] }));
        }}
      >
        {choices.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
