import { type Command } from 'commander';
import { collect, run, run1 } from './run.js';

/** What the operator and the auditor of a relay do; a part of ./main.ts. */

export function addPracticeCommands(practice: Command, mailbox: Command): void {
  const command = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .requiredOption('--data <dir>', "the relay's data folder")
      .option('--json', 'machine-readable output');
  const administer = async () => import('./commands/administer.js');
  command(practice, 'list', 'list practices and what they may do').action(
    run(async () => (await administer()).runPracticeList),
  );
  command(practice, 'suspend <name>', 'let its devices do nothing; what is sent to it waits').action(
    run1(async () => (await administer()).runPracticeSuspend),
  );
  command(practice, 'resume <name>', 'take a suspension or a closing back').action(
    run1(async () => (await administer()).runPracticeResume),
  );
  command(practice, 'close <name>', 'end it: it reads for a time of grace, then all that it had is gone')
    .option('--grace <time>', 'whole days, from 1d to 365d', '30d')
    .action(run1(async () => (await administer()).runPracticeClose));
  command(practice, 'export <name>', 'write everything that the relay holds about it: all sealed, nothing to read')
    .requiredOption('--out <dir>', 'folder to make; an existing one is never written to')
    .option('--parts', 'its sealed parts, too', false)
    .option('--blobs <store>', 'disk:DIR or s3://BUCKET/PREFIX')
    .action(run1(async () => (await import('./commands/practice-export.js')).runPracticeExport));
  command(mailbox, 'list [address]', 'list mailboxes and their devices').action(
    run1(async () => (await administer()).runMailboxList),
  );
  command(mailbox, 'suspend <address>', 'let the mailbox, or one device of it, do nothing')
    .option('--device <id>', 'only this device')
    .action(run1(async () => (await administer()).runMailboxSuspend));
  command(mailbox, 'resume <address>', 'take that back')
    .option('--device <id>', 'only this device')
    .action(run1(async () => (await administer()).runMailboxResume));
}

export function addRelayCommands(relay: Command): void {
  relay
    .command('config')
    .description('say whether a relay would start with these settings, and which are in force')
    .option('--config <file>', 'settings as YAML or JSON')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/relay-config.js')).runRelayConfig));
  relay
    .command('support-bundle')
    .description('write what somebody who helps needs to know: no names, addresses or secrets')
    .requiredOption('--data <dir>', "the relay's data folder")
    .requiredOption('--out <file>', 'file to write; an existing one is never overwritten')
    .option('--lines <n>', 'how many lines of the log', '2000')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/support-bundle.js')).runSupportBundle));
}

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('what happened at a relay, and whether that is what was recorded');
  const auditCommand = (name: string, description: string): Command =>
    audit
      .command(name)
      .description(description)
      .requiredOption('--data <dir>', "the relay's data folder")
      .option('--json', 'machine-readable output');
  auditCommand('verify', 'check every entry and every signature')
    .option('--key <key>', "the audit's key, as an earlier verification printed it")
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere; may be repeated', collect, [])
    .action(run(async () => (await import('./commands/audit.js')).runAuditVerify));
  auditCommand('export', 'write it as FHIR AuditEvents (DICOM PS3.15 A.5), one a line')
    .requiredOption('--out <file>', 'file to write; an existing one is never overwritten')
    .option('--from <date>', 'from this day or moment on, like 2026-01-31')
    .option('--to <date>', 'before this day or moment')
    .action(run(async () => (await import('./commands/audit.js')).runAuditExport));
  auditCommand('prune', 'delete what is older than it must be kept')
    .requiredOption('--older <time>', 'like 1096d, at least 90d')
    .action(run(async () => (await import('./commands/audit.js')).runAuditPrune));
}
