import { type LinearWindow, type WindowView } from '../../desk/picture.js';
import { type TextKey } from '../texts/keys.js';
import { type GrayFrame, defaultWindow, fullWindow } from './window.js';

/** Which window a series is looked at with: as sent, a usual one, or one's own. */
export type WindowChoice =
  | { readonly kind: 'sent' }
  | { readonly kind: 'full' }
  | { readonly kind: 'preset'; readonly name: PresetName }
  | { readonly kind: 'own'; readonly center: number; readonly width: number };

const CT = {
  Brain: [40, 80],
  Subdural: [75, 215],
  Lung: [-600, 1500],
  Mediastinum: [50, 350],
  Abdomen: [60, 400],
  Bone: [400, 1800],
} as const;

export type PresetName = keyof typeof CT;
export const PRESETS = Object.keys(CT) as PresetName[];

export function presetText(name: PresetName): TextKey {
  return `viewer.preset${name}`;
}

export function windowOf(frame: GrayFrame, choice: WindowChoice): WindowView {
  switch (choice.kind) {
    case 'sent':
      return defaultWindow(frame);
    case 'full':
      return fullWindow(frame);
    case 'preset': {
      const [center, width] = CT[choice.name];
      return { center, width, name: choice.name, shape: 'linear' };
    }
    case 'own': {
      const { shape } = defaultWindow(frame);
      return { center: choice.center, width: choice.width, name: '', shape: shape === 'table' ? 'linear' : shape };
    }
  }
}

/** What dragging begins with: of a table the range of its values. */
export function linearOf(window: WindowView): LinearWindow {
  if (window.shape !== 'table') return window;
  const width = Math.max(window.entries.length, 1);
  return { center: window.first + width / 2, width, name: '', shape: 'linear' };
}
