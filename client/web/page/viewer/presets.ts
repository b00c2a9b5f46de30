import { type GrayView, type LinearWindow, type WindowView } from '../../desk/picture.js';
import { type TextKey } from '../texts/keys.js';
import { fullWindow } from './window.js';

/** Which window a series is looked at with: as sent, a usual one, or one's own. */
export type WindowChoice =
  | { readonly kind: 'sent'; readonly index: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'preset'; readonly name: PresetName }
  | { readonly kind: 'own'; readonly center: number; readonly width: number };

const CT = {
  Soft: [40, 400],
  Brain: [40, 80],
  Subdural: [75, 215],
  Lung: [-600, 1500],
  Mediastinum: [50, 350],
  Abdomen: [60, 350],
  Liver: [90, 150],
  Bone: [400, 1800],
  Angio: [300, 600],
} as const;

export type PresetName = keyof typeof CT;
export const PRESETS = Object.keys(CT) as PresetName[];

export function presetText(name: PresetName): TextKey {
  return `viewer.preset${name}`;
}

/** @param given what a presentation state says in place of the picture */
export function windowOf(frame: GrayView, choice: WindowChoice, given: WindowView | null = null): WindowView {
  switch (choice.kind) {
    case 'sent':
      return (
        (choice.index === 0 ? given : null) ?? frame.windows[choice.index] ?? frame.windows[0] ?? fullWindow(frame)
      );
    case 'full':
      return fullWindow(frame);
    case 'preset': {
      const [center, width] = CT[choice.name];
      return { center, width, name: choice.name, shape: 'linear' };
    }
    case 'own': {
      const shape = frame.windows[0]?.shape;
      return {
        center: choice.center,
        width: choice.width,
        name: '',
        shape: shape === undefined || shape === 'table' ? 'linear' : shape,
      };
    }
  }
}

/** What dragging begins with: of a table the range of its values. */
export function linearOf(window: WindowView): LinearWindow {
  if (window.shape !== 'table') return window;
  const width = Math.max(window.entries.length, 1);
  return { center: window.first + width / 2, width, name: '', shape: 'linear' };
}

export interface WindowOption {
  readonly id: string;
  readonly choice: WindowChoice;
  readonly name: { readonly kind: 'text'; readonly key: TextKey } | { readonly kind: 'foreign'; readonly text: string };
}

/** All windows of a picture, in the order of their keys. */
export function windowOptions(frame: GrayView): WindowOption[] {
  const sent = frame.windows.slice(0, 8).map(({ name }, index): WindowOption => {
    const isNamed = name !== '' && frame.windows.length > 1;
    return {
      id: `sent-${index}`,
      choice: { kind: 'sent', index },
      name: isNamed ? { kind: 'foreign', text: name } : { kind: 'text', key: 'viewer.presetSent' },
    };
  });
  const first: WindowOption = {
    id: 'sent-0',
    choice: { kind: 'sent', index: 0 },
    name: { kind: 'text', key: 'viewer.presetSent' },
  };
  const usual = (frame.unit === 'HU' ? PRESETS : []).map((name): WindowOption => {
    return { id: name, choice: { kind: 'preset', name }, name: { kind: 'text', key: presetText(name) } };
  });
  const full: WindowOption = { id: 'full', choice: { kind: 'full' }, name: { kind: 'text', key: 'viewer.presetFull' } };
  return [...(sent.length > 0 ? sent : [first]), ...usual, full];
}

export function optionId(choice: WindowChoice): string {
  switch (choice.kind) {
    case 'sent':
      return `sent-${choice.index}`;
    case 'preset':
      return choice.name;
    case 'full':
    case 'own':
      return choice.kind;
  }
}
