/** One defence, taken out: the source with it, the source without it, and the tests that must notice. */
export interface Mutant {
  /** What it defends: `I7` for an invariant of docs/spec/envelope.md §9, `A27` for an attack. */
  readonly guards: readonly string[];
  /** What no longer holds. */
  readonly without: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
  /** Only tests whose full title contains it: the others of the file say nothing about this. */
  readonly title?: string;
}

type Change = readonly [from: string, to: string];

/** @param guards separated by blanks */
export function mutant(guards: string, without: string, file: string, [from, to]: Change, ...tests: string[]): Mutant {
  return { guards: guards.split(' '), without, file, from, to, tests: tests.map((test) => `test/${test}`) };
}

export function titled(title: string, one: Mutant): Mutant {
  return { ...one, title };
}
