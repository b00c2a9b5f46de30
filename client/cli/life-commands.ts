import { type Command } from 'commander';
import { type Output } from './output.js';

/** Commands for what becomes of a message after it was sent. */

type Loader<Action> = () => Promise<Action>;
type Run = <O>(
  load: Loader<(options: O, output: Output) => Promise<void>>,
) => (options: O & { readonly json?: boolean }) => Promise<void>;
type Run1 = <A, O>(
  load: Loader<(argument: A, options: O, output: Output) => Promise<void>>,
) => (argument: A, options: O & { readonly json?: boolean }) => Promise<void>;

export function addLifeCommands(
  mailboxCommand: (name: string, description: string) => Command,
  run: Run,
  run1: Run1,
): void {
  mailboxCommand('withdraw <message>', 'take a message back from everybody who has not fetched it').action(
    run1(async () => (await import('./commands/withdraw.js')).runWithdraw),
  );
  mailboxCommand('limits', 'what the relay lets this practice send and store').action(
    run(async () => (await import('./commands/limits.js')).runLimits),
  );
  mailboxCommand(
    'urgent',
    'list what waits for a person: here, where this mailbox stands in, and at recipients',
  ).action(run(async () => (await import('./commands/urgent.js')).runUrgent));
  mailboxCommand('deputies [mailboxes...]', 'list or set who is told when nobody here attends to something urgent')
    .option('--none', 'there are none any more', false)
    .action(run1(async () => (await import('./commands/urgent.js')).runDeputies));
}
