import { Command, CommanderError } from 'commander';
import { createRequire } from 'node:module';
import { languageFromEnvironment } from './environment.js';
import { describeFailure } from './failure.js';
import { type Output, createOutput } from './output.js';
import { UsageError } from './usage-error.js';

/** The command line: parses arguments, runs one command, turns its failure into one line and an exit code. */

interface Package {
  readonly version: string;
}

const version = (createRequire(import.meta.url)('../../../package.json') as Package).version;
const KEYSTORE = ['--keystore <dir>', "folder of this device's keys"] as const;

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Every command takes --json; its action gets arguments and options as commander parsed them. */
function buildProgram(): Command {
  const program = new Command('bildbote')
    .description('Carries DICOM studies between practices, sealed end to end.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showHelpAfterError(false);
  addOperatorCommands(program);
  addMailboxCommands(program);
  addSendCommand(program);
  addRegistrarCommands(program);
  addContactCommands(program);
  return program;
}

function addOperatorCommands(program: Command): void {
  program
    .command('relay')
    .description('run the relay')
    .option('--port <port>', 'TCP port (8080); 0 picks a free one')
    .option('--host <host>', 'address to listen on (127.0.0.1)')
    .option('--data <dir>', 'folder for database and blobs')
    .option('--database-url <url>', 'a PostgreSQL server instead of the embedded one')
    .option('--blobs <store>', 'disk:DIR')
    .option('--registrars <ids>', 'registrars whose word for a name counts, with commas between')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/relay.js')).runRelay));
  const practice = program.command('practice').description('administer practices');
  practice
    .command('protect [names...]')
    .description("keep names, of authorities for instance, out of practices' names")
    .requiredOption('--data <dir>', "the relay's data folder")
    .option('--list', 'list them', false)
    .option('--remove', 'take the protection back', false)
    .option('--json', 'machine-readable output')
    .action(run1(async () => (await import('./commands/practice.js')).runProtect));
  practice
    .command('invite')
    .description('print a one-time invitation')
    .requiredOption('--data <dir>', "the relay's data folder")
    .requiredOption('--name <name>', 'name of the practice')
    .requiredOption('--mailbox <address>', 'address of its mailbox')
    .option('--valid <time>', 'how long the invitation is valid', '14d')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/practice.js')).runInvite));
  program
    .command('demo')
    .description('run a relay with two practices and carry a first study')
    .option('--data <dir>', 'folder for everything the demo makes', 'data/demo')
    .option('--port <port>', 'TCP port of the relay; usually 8080, or a free one at the first start')
    .option('--once', 'end after the first study')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./demo/demo.js')).runDemo));
}

function mailboxCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption(...KEYSTORE)
    .option('--json', 'machine-readable output');
}

function addRegistrarCommands(program: Command): void {
  const registrar = program.command('registrar').description('vouch for names of practices, and whom to trust with it');
  registrar
    .command('keygen')
    .description('make a key for vouching (offline)')
    .requiredOption('--out <file>', 'file to write; an existing one is never overwritten')
    .requiredOption('--name <name>', 'what the registrar calls itself')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/registrar.js')).runRegistrarKeygen));
  registrar
    .command('attest')
    .description('vouch for the name of a practice (offline)')
    .requiredOption('--key <file>', 'key file of the registrar')
    .requiredOption('--mailbox <address>', 'address of the mailbox')
    .requiredOption('--mailbox-id <id>', 'its id, as the practice reads it out')
    .requiredOption('--name <name>', 'name of the practice')
    .requiredOption('--place <place>', 'where it is')
    .option('--street <street>', 'street and number')
    .requiredOption('--specialty <specialty>', 'what it does')
    .option('--bsnr <number>', 'Betriebsstättennummer')
    .option('--lanr <number>', 'lebenslange Arztnummer')
    .option('--telematik-id <id>', 'Telematik-ID')
    .option('--valid <time>', 'how long, at most 1096d', '365d')
    .option('--out <file>', 'file to write; else it is printed')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/registrar.js')).runRegistrarAttest));
  mailboxCommand(registrar, 'list', 'whose word for a name counts on this device').action(
    run(async () => (await import('./commands/registrar.js')).runRegistrarList),
  );
  mailboxCommand(registrar, 'trust <id>', 'let the word of a registrar count').action(
    run1(async () => (await import('./commands/registrar.js')).runRegistrarTrust),
  );
  mailboxCommand(registrar, 'distrust <id>', 'let it count no more').action(
    run1(async () => (await import('./commands/registrar.js')).runRegistrarDistrust),
  );
}

function addContactCommands(program: Command): void {
  const contacts = program.command('contacts').description('whom this mailbox writes with');
  mailboxCommand(contacts, 'list', 'list the contacts').action(
    run(async () => (await import('./commands/contacts.js')).runContactsList),
  );
  mailboxCommand(contacts, 'allow <mailbox>', 'take its messages, also those that wait').action(
    run1(async () => (await import('./commands/contacts.js')).runContactsAllow),
  );
  mailboxCommand(contacts, 'deny <mailbox>', 'take nothing from it any more').action(
    run1(async () => (await import('./commands/contacts.js')).runContactsDeny),
  );
  mailboxCommand(contacts, 'forget <mailbox>', 'take back what was decided').action(
    run1(async () => (await import('./commands/contacts.js')).runContactsForget),
  );
  mailboxCommand(
    contacts,
    'policy [policy]',
    'whose first message is taken without asking: all, verified or known',
  ).action(run1(async () => (await import('./commands/contacts.js')).runContactsPolicy));
  mailboxCommand(contacts, 'verify <mailbox>', 'show the safety number, or mark as verified in person')
    .option('--number <number>', 'the number as the other side reads it out, or its QR code’s text')
    .option('--undo', 'take the mark back')
    .action(run1(async () => (await import('./commands/contacts.js')).runContactsVerify));
  mailboxCommand(contacts, 'accept <mailbox>', 'decide about another mailbox behind an address')
    .option('--number <number>', 'the new safety number as the practice itself reads it out')
    .action(run1(async () => (await import('./commands/contacts.js')).runContactsAccept));
}

function addMailboxCommands(program: Command): void {
  mailboxCommand(program, 'enrol <invitation>', 'make the keys and join the mailbox of an invitation')
    .requiredOption('--device <name>', 'name of this device')
    .requiredOption('--member <name>', 'the person it belongs to')
    .action(run1(async () => (await import('./commands/enrol.js')).runEnrol));
  const device = program.command('device').description('devices of the mailbox');
  mailboxCommand(device, 'list', 'list the devices').action(
    run(async () => (await import('./commands/device.js')).runDeviceList),
  );
  const directory = program.command('directory').description('the directory of mailboxes');
  mailboxCommand(directory, 'search <text>', 'search by address, name, place or specialty').action(
    run1(async () => (await import('./commands/directory.js')).runDirectorySearch),
  );
  mailboxCommand(directory, 'attest <file>', 'publish what a registrar says of this mailbox').action(
    run1(async () => (await import('./commands/directory.js')).runDirectoryAttest),
  );
  mailboxCommand(program, 'inbox', 'list the messages').action(
    run(async () => (await import('./commands/inbox.js')).runInbox),
  );
  mailboxCommand(program, 'show <message>', 'show a message').action(
    run1(async () => (await import('./commands/show.js')).runShow),
  );
  mailboxCommand(program, 'fetch [message]', 'fetch the files of a message, verified')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--all', 'all messages that have not been fetched', false)
    .action(run1(async () => (await import('./commands/fetch.js')).runFetch));
  mailboxCommand(program, 'receipts <message>', 'list the receipts for a message').action(
    run1(async () => (await import('./commands/receipts.js')).runReceipts),
  );
}

function addSendCommand(program: Command): void {
  program
    .command('send [paths...]')
    .description('send files and folders to mailboxes')
    .requiredOption(...KEYSTORE)
    .option('--to <mailbox>', 'recipient; may be repeated', collect, [])
    .option('--cc <mailbox>', 'copy; may be repeated', collect, [])
    .option('--bcc <mailbox>', 'copy that the others do not see; may be repeated', collect, [])
    .option('--subject <text>', 'subject', '')
    .option('--text <text>', 'text of the message', '')
    .option('--report <file>', 'a report as PDF')
    .option('--urgent <time>', 'to be attended within this time, like 2h')
    .option('--expires <time>', 'the relay keeps it this long', '90d')
    .option('--reply-to <message>', 'the message this one answers')
    .option('--all-files', 'send files that are not DICOM as attachments', false)
    .option('--resume', 'go on with an interrupted message, or one that a recipient has agreed to get', false)
    .option('--wait <time>', 'wait this long for a recipient’s consent, like 10m')
    .option('--json', 'machine-readable output')
    .action(run1(async () => (await import('./commands/send.js')).runSend));
}

interface CommonOptions {
  readonly json?: boolean;
}

function outputFor(options: CommonOptions): Output {
  return createOutput({ json: options.json === true, language: languageFromEnvironment() });
}

type Loader<Action> = () => Promise<Action>;

/** A command's code is loaded when it is called: `inbox` does not wait for the relay's modules. */
function run<O>(load: Loader<(options: O, output: Output) => Promise<void>>) {
  return async (options: O & CommonOptions): Promise<void> => (await load())(options, outputFor(options));
}

function run1<A, O>(load: Loader<(argument: A, options: O, output: Output) => Promise<void>>) {
  return async (argument: A, options: O & CommonOptions): Promise<void> =>
    (await load())(argument, options, outputFor(options));
}

/** Usage errors of the parser: help and version are none. */
function usageOf(error: CommanderError): UsageError | null {
  return error.exitCode === 0 ? null : new UsageError(error.message.replace(/^error: /, ''));
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageOf(thrown) : thrown;
    if (error === null) return 0;
    const { code, message, exitCode } = describeFailure(error, languageFromEnvironment());
    const line = argv.includes('--json') ? JSON.stringify({ type: 'error', code, message }) : `bildbote: ${message}`;
    process.stderr.write(`${line.replaceAll('\n', ' ')}\n`);
    return exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
