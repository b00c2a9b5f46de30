import { type Command } from 'commander';
import { run, run2 } from './run.js';

/** Whose study it is: what waits for a person, and what the person decides. */
export function addImportCommands(gateway: Command): void {
  const imports = gateway.command('imports').description('received studies and whose they are here');
  const importCommand = (name: string, description: string): Command =>
    imports
      .command(name)
      .description(description)
      .requiredOption('--config <file>', "the gateway's configuration")
      .option('--json', 'machine-readable output');
  const decision = (name: string, description: string): Command =>
    importCommand(name, description).option('--person <name>', 'who decides').option('--pacs <name>', 'only there');
  importCommand('list', 'studies that wait for a person, with the patients that they may be')
    .option('--all', 'also those that are decided')
    .action(run(async () => (await import('./commands/gateway-imports.js')).runImportList));
  decision('assign <message> <study>', 'it is of this patient')
    .option('--patient <number>', 'one of the candidates')
    .option('--issuer <name>', 'of the number, where two candidates have the same')
    .action(run2(async () => (await import('./commands/gateway-imports.js')).runImportAssign));
  decision('as-signed <message> <study>', "store it under the sender's patient number").action(
    run2(async () => (await import('./commands/gateway-imports.js')).runImportAsSigned),
  );
  decision('refuse <message> <study>', 'leave it out of the PACS').action(
    run2(async () => (await import('./commands/gateway-imports.js')).runImportRefuse),
  );
}
