import { type AlarmView } from '../../desk/view.js';

export type Meant = 'nothing' | 'first' | 'second' | 'neither';

/** Which of the two checkpoints a typed root is. Nobody chooses from a list: who has not asked the operator has nothing to type. */
export function meantRoot({ first, second }: Pick<AlarmView, 'first' | 'second'>, typed: string): Meant {
  const root = bareRoot(typed);
  if (root === '') return 'nothing';
  if (root === first.root) return 'first';
  return root === second.root ? 'second' : 'neither';
}

/** Somebody who writes down what he is told leaves blanks. */
export function bareRoot(typed: string): string {
  return typed.replaceAll(/\s/g, '');
}
