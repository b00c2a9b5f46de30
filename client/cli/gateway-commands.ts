import { type Command } from 'commander';
import { addImportCommands } from './import-commands.js';
import { collect, run, run1 } from './run.js';

/** The practice gateway, and what its administrator does beside it. */
export function addGatewayCommands(program: Command): void {
  const gateway = program
    .command('gateway')
    .enablePositionalOptions()
    .description('run the practice gateway: PACS and practice software on this side, the mailbox on the other')
    // Not required by commander, which would ask for it above every subcommand, too.
    .option('--config <file>', 'its configuration, a YAML file')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/gateway.js')).runGateway));
  gateway
    .command('test-rules <file>')
    .description('which rule decides each case of a file, and whether it is the expected one')
    .option('--json', 'machine-readable output')
    .action(run1(async () => (await import('./commands/gateway.js')).runTestRules));
  addKeyCommands(gateway);
  addImportCommands(gateway);
}

function addKeyCommands(gateway: Command): void {
  const key = gateway.command('key').description('keys of the programs that talk to the gateway');
  const keyCommand = (name: string, description: string): Command =>
    key
      .command(name)
      .description(description)
      .requiredOption('--config <file>', "the gateway's configuration")
      .option('--json', 'machine-readable output');
  keyCommand('add <name>', 'make a key; it is shown once')
    .option('--scope <scope>', 'what it may do; may be repeated', collect, [])
    .action(run1(async () => (await import('./commands/gateway-key.js')).runKeyAdd));
  keyCommand('list', 'list them').action(run(async () => (await import('./commands/gateway-key.js')).runKeyList));
  keyCommand('revoke <id>', 'end one at once').action(
    run1(async () => (await import('./commands/gateway-key.js')).runKeyRevoke),
  );
}
