import { type WindowChoice } from './presets.js';

/** How a stack is looked at. */
export interface ViewState {
  /** 1 is as large as fits. */
  readonly zoom: number;
  /** Of the picture's middle against the viewport's, in shares of the viewport. */
  readonly pan: readonly [x: number, y: number];
  /** Quarter turns, clockwise. */
  readonly turns: number;
  readonly isInverted: boolean;
  readonly window: WindowChoice;
}

export const INITIAL_VIEW: ViewState = { zoom: 1, pan: [0, 0], turns: 0, isInverted: false, window: { kind: 'sent' } };

export type Tool = 'window' | 'pan' | 'zoom' | 'scroll';
export const TOOLS: readonly Tool[] = ['window', 'scroll', 'pan', 'zoom'];

export function zoomed(view: ViewState, factor: number): ViewState {
  return { ...view, zoom: Math.min(Math.max(view.zoom * factor, 0.25), 20) };
}
