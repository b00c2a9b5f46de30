import { type WindowChoice } from './presets.js';

/** How a stack is looked at. */
export interface ViewState {
  /** 1 is as large as fits. */
  readonly zoom: number;
  /** Of the picture's middle against the viewport's, in shares of the viewport. */
  readonly pan: readonly [x: number, y: number];
  /** Quarter turns, clockwise; flipped first. */
  readonly turns: number;
  readonly isFlipped: boolean;
  readonly isInverted: boolean;
  /** Without what the sender laid over it. */
  readonly isBare: boolean;
  readonly window: WindowChoice;
  /** What fits at zoom 1, in pixels: the whole picture, or what a presentation state shows of it. */
  readonly area: Area | null;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const INITIAL_VIEW: ViewState = {
  zoom: 1,
  pan: [0, 0],
  turns: 0,
  isFlipped: false,
  isInverted: false,
  isBare: false,
  window: { kind: 'sent', index: 0 },
  area: null,
};

/** `cross` is for the layout of three planes. */
export type Tool = 'window' | 'scroll' | 'pan' | 'zoom' | 'cross' | 'length' | 'angle' | 'ellipse' | 'probe';
export const HAND_TOOLS: readonly Tool[] = ['window', 'scroll', 'pan', 'zoom'];
export const MARK_TOOLS: readonly MarkTool[] = ['length', 'angle', 'ellipse', 'probe'];
export type MarkTool = Extract<Tool, 'length' | 'angle' | 'ellipse' | 'probe'>;

export function isMarkTool(tool: Tool): tool is MarkTool {
  return tool === 'length' || tool === 'angle' || tool === 'ellipse' || tool === 'probe';
}

export function zoomed(view: ViewState, factor: number): ViewState {
  return { ...view, zoom: Math.min(Math.max(view.zoom * factor, 0.1), 60) };
}

/** Turning what is on the screen: a flipped picture turns the same way. */
export function turned(view: ViewState): ViewState {
  return { ...view, turns: (view.turns + 1) % 4 };
}

/** Left and right of the screen change places, however the picture is turned. */
export function flipped(view: ViewState): ViewState {
  return { ...view, isFlipped: !view.isFlipped, turns: (4 - view.turns) % 4, pan: [-view.pan[0], view.pan[1]] };
}
