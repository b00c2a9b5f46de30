import { Command, CommanderError } from 'commander';
import { languageFromEnvironment } from './environment.js';
import { describeFailure } from './failure.js';
import { addGatewayCommands } from './gateway-commands.js';
import { addLifeCommands } from './life-commands.js';
import { addAuditCommands, addPracticeCommands, addRelayCommands } from './operator-commands.js';
import { collect, run, run1, run2 } from './run.js';
import { UsageError } from './usage-error.js';
import { programVersion } from './version.js';

/** The command line: parses arguments, runs one command, turns its failure into one line and an exit code. */

const KEYSTORE = ['--keystore <dir>', "folder of this device's keys"] as const;

/** Every command takes --json; its action gets arguments and options as commander parsed them. */
function buildProgram(): Command {
  const program = new Command('bildbote')
    .description('Carries DICOM studies between practices, sealed end to end.')
    .version(programVersion())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showHelpAfterError(false);
  addOperatorCommands(program);
  addShowCommands(program);
  addAuditCommands(program);
  addMailboxCommands(program);
  addDeviceCommands(program);
  addKeystoreCommands(program);
  addSendCommands(program);
  addDeidentifyCommand(program);
  addReidentifyCommand(program);
  addRegistrarCommands(program);
  addContactCommands(program);
  addLifeCommands((name, description) => mailboxCommand(program, name, description), run, run1);
  addGatewayCommands(program);
  return program;
}

function addOperatorCommands(program: Command): void {
  const relay = program
    .command('relay')
    // Options after a subcommand's name are the subcommand's.
    .enablePositionalOptions()
    .description('run the relay')
    .option('--config <file>', 'settings as YAML or JSON; options and environment win')
    .option('--port <port>', 'TCP port (8080); 0 picks a free one')
    .option('--host <host>', 'address to listen on (127.0.0.1)')
    .option('--data <dir>', 'folder for database and blobs')
    .option('--database-url <url>', 'a PostgreSQL server instead of the embedded one')
    .option('--blobs <store>', 'disk:DIR or s3://BUCKET/PREFIX')
    .option('--tls-cert <file>', 'certificate chain as PEM: the relay speaks HTTPS')
    .option('--tls-key <file>', 'its private key as PEM')
    .option('--registrars <ids>', 'registrars whose word for a name counts, with commas between')
    .option('--witnesses <file>', 'witness, group and quorum lines: who must have seen the log')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/relay.js')).runRelay));
  addUpkeepCommands(relay);
  addRelayCommands(relay);
  const practice = program.command('practice').description('administer practices');
  addPracticeCommands(practice, program.command('mailbox').description('administer mailboxes and their devices'));
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
    .command('witness')
    .description('cosign the log of a relay that somebody else runs')
    .requiredOption('--data <dir>', "folder of the witness's key and memory")
    .option('--log-key <key>', 'key of a log to look at; may be repeated', collect, [])
    .option('--name <name>', 'name of the key that is made at the first start')
    .option('--port <port>', 'TCP port (8081); 0 picks a free one')
    .option('--host <host>', 'address to listen on (127.0.0.1)')
    .option('--show-key', "print the witness's key and end", false)
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./commands/witness.js')).runWitness));
}

/** What shows and measures the whole. */
function addShowCommands(program: Command): void {
  program
    .command('bench')
    .description('measure Bildbote beside what is used instead, in one run')
    .option('--study <names>', 'made studies: ct, ct200, mr, cr, mg, tiny; with commas between', 'ct200')
    .option('--ways <names>', 'which ways, with commas between; all that are installed', 'all')
    .option('--line <line>', 'UP/DOWN/ROUNDTRIP in Mbit/s and ms, or none', 'none')
    .option('--repeat <n>', 'trips of each way', '3')
    .option('--out <file>', 'write the ratios there')
    .option('--plot <file>', 'draw what came out there, as SVG')
    .option('--gate <file>', 'fail when a ratio is more than 15 % worse than there')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./bench/bench.js')).runBench));
  program
    .command('demo')
    .description('run a relay with two practices and carry a first study')
    .option('--data <dir>', 'folder for everything the demo makes', 'data/demo')
    .option('--port <port>', 'TCP port of the relay; usually 8080, or a free one at the first start')
    .option('--once', 'end after the first study')
    .option('--json', 'machine-readable output')
    .action(run(async () => (await import('./demo/demo.js')).runDemo));
}

function addUpkeepCommands(relay: Command): void {
  const upkeepCommand = (name: string, description: string): Command =>
    relay
      .command(name)
      .description(description)
      .requiredOption('--data <dir>', "the relay's data folder")
      .option('--blobs <store>', 'disk:DIR or s3://BUCKET/PREFIX')
      .option('--json', 'machine-readable output');
  upkeepCommand('check', 'look at everything a running relay holds')
    .option('--whole', 'read every stored byte, too', false)
    .action(run(async () => (await import('./commands/upkeep.js')).runRelayCheck));
  upkeepCommand('backup', 'take a snapshot of a running relay')
    .requiredOption('--to <dir>', 'folder of the backup; unchanged parts are copied once')
    .option('--keep <n>', 'how many snapshots stay', '7')
    .action(run(async () => (await import('./commands/upkeep.js')).runRelayBackup));
  upkeepCommand('restore', 'make the data folder of a relay from a snapshot')
    .requiredOption('--from <dir>', 'folder of the backup, or of one snapshot in it')
    .option('--database-url <url>', 'an empty database on a PostgreSQL server instead of the embedded one')
    .action(run(async () => (await import('./commands/upkeep.js')).runRelayRestore));
}

/** A command of one device of a mailbox. */
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

/** A command that makes a new device. */
function newDeviceCommand(parent: Command, name: string, description: string): Command {
  return mailboxCommand(parent, name, description)
    .requiredOption('--device <name>', 'name of this device')
    .requiredOption('--member <name>', 'the person it belongs to');
}

function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('devices of the mailbox');
  mailboxCommand(device, 'pair', 'show a secret, and add the device that answers to it')
    .option('--admin', 'the new device may add and revoke others', false)
    .option('--history <what>', 'all: it reads what this one has; none: only what comes from now on', 'all')
    .option('--qr <file>', 'write the QR code as SVG, too')
    .option('--yes', 'add it without asking', false)
    .action(run(async () => (await import('./commands/device-pair.js')).runDevicePair));
  newDeviceCommand(device, 'join', 'make this a further device of a mailbox, by the secret that another one shows')
    .option('--relay <url>', 'address of the relay, where words are typed and no link')
    .action(run(async () => (await import('./commands/device-join.js')).runDeviceJoin));
  mailboxCommand(device, 'list', 'list the devices').action(
    run(async () => (await import('./commands/device.js')).runDeviceList),
  );
  mailboxCommand(device, 'rename <device> <name>', 'call a device something else').action(
    run2(async () => (await import('./commands/device-rename.js')).runDeviceRename),
  );
  mailboxCommand(device, 'revoke <device>', 'end a device: lost, stolen, or its owner has left')
    .requiredOption('--reason <text>', "why; everybody who may read the mailbox's chain reads it")
    .action(run1(async () => (await import('./commands/device-revoke.js')).runDeviceRevoke));
  newDeviceCommand(program, 'recover', 'begin the mailbox anew from its recovery kit, when no device is left')
    .requiredOption('--mailbox <address>', 'address of the mailbox')
    .option('--relay <url>', 'address of the relay, where words are typed and no link')
    .option('--kit <file>', 'write the new recovery kit as a page to print')
    .option('--policy <file>', 'whose word for the directory counts; without it nothing counts as witnessed')
    .action(run(async () => (await import('./commands/recover.js')).runRecover));
}

function addKeystoreCommands(program: Command): void {
  const keystore = program.command('keystore').description("this device's keys");
  mailboxCommand(keystore, 'passphrase', 'change the passphrase')
    .option('--add', 'keep the ones there are and add one', false)
    .option('--remove <slot>', 'remove one of several')
    .action(run(async () => (await import('./commands/keystore.js')).runKeystorePassphrase));
  mailboxCommand(keystore, 'retention [time]', 'how long keys of ended epochs are kept, like 366d').action(
    run1(async () => (await import('./commands/keystore.js')).runKeystoreRetention),
  );
}

function addMailboxCommands(program: Command): void {
  newDeviceCommand(program, 'enrol <invitation>', 'make the keys and join the mailbox of an invitation')
    .option('--kit <file>', 'write the recovery kit as a page to print')
    .option('--policy <file>', "whose word counts, in the place of the invitation's policy")
    .action(run1(async () => (await import('./commands/enrol.js')).runEnrol));
  const directory = program.command('directory').description('the directory of mailboxes');
  mailboxCommand(directory, 'search <text>', 'search by address, name, place or specialty').action(
    run1(async () => (await import('./commands/directory.js')).runDirectorySearch),
  );
  mailboxCommand(directory, 'attest <file>', 'publish what a registrar says of this mailbox').action(
    run1(async () => (await import('./commands/directory.js')).runDirectoryAttest),
  );
  mailboxCommand(directory, 'verify <mailbox>', "check a mailbox's keys against the public log").action(
    run1(async () => (await import('./commands/directory-verify.js')).runDirectoryVerify),
  );
  mailboxCommand(directory, 'alarm', 'two histories of the directory: the evidence, and which of the two counts')
    .option('--accept <root>', 'the whole root that counts, as the operator has said it by telephone')
    .option('--reason <text>', 'what has happened, for the journal')
    .action(run(async () => (await import('./commands/directory-alarm.js')).runDirectoryAlarm));
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
  mailboxCommand(program, 'export <message>', 'write the files of a message as a DICOM medium (IHE PDI)')
    .option('--zip <file>', 'as a zip')
    .option('--folder <dir>', 'as a folder, to be burned or copied')
    .action(run1(async () => (await import('./commands/export.js')).runExport));
  mailboxCommand(program, 'receipts <message>', 'list the receipts for a message').action(
    run1(async () => (await import('./commands/receipts.js')).runReceipts),
  );
}

/** What can be written on any message. */
function letterCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .requiredOption(...KEYSTORE)
    .option('--to <mailbox>', 'recipient; may be repeated', collect, [])
    .option('--cc <mailbox>', 'copy; may be repeated', collect, [])
    .option('--bcc <mailbox>', 'copy that the others do not see; may be repeated', collect, [])
    .option('--subject <text>', 'subject', '')
    .option('--text <text>', 'text of the message', '')
    .option('--urgent <time>', 'to be attended within this time, like 2h')
    .option('--expires <time>', 'the relay keeps it this long', '90d')
    .option('--json', 'machine-readable output');
}

function addSendCommands(program: Command): void {
  letterCommand(program, 'forward <message>', 'pass the files of a message on, without sending them again').action(
    run1(async () => (await import('./commands/forward.js')).runForward),
  );
  letterCommand(program, 'send [paths...]', 'send files and folders to mailboxes')
    .option('--report <file>', 'a report as PDF')
    .option('--reply-to <message>', 'the message this one answers')
    .option('--coding <how>', 'how much to compress without loss: auto, off, fast or small', 'auto')
    .option('--all-files', 'send files that are not DICOM as attachments', false)
    .option('--send-again', 'send also what the recipients have confirmed to have already', false)
    .option('--deidentify <profile>', 'send the instances de-identified, by this profile')
    .option('--purpose <text>', 'another purpose has other pseudonyms')
    .option('--confirm-risk', 'send de-identified what may show text or a face', false)
    .option('--with-report <file>', 'write what was done to FILE, and send it along')
    .option('--resume', 'go on with an interrupted message, or one that a recipient has agreed to get', false)
    .option('--wait <time>', 'wait this long for a recipient’s consent, like 10m')
    .action(run1(async () => (await import('./commands/send.js')).runSend));
}

function addDeidentifyCommand(program: Command): void {
  program
    .command('deidentify <input> <output>')
    .description('de-identify a file or a folder into another')
    .option(
      '--profile <name>',
      'basic, treatment, second-opinion, teaching, research, or a file with a profile',
      'basic',
    )
    .option('--options <names>', 'further options of PS3.15, separated by commas')
    .option('--masks <file>', 'regions to blacken, as JSON')
    .option('--key <file>', 'the 32 bytes that pseudonyms come from')
    .option('--keystore <dir>', "take the secret from this device's keys")
    .option('--purpose <text>', 'another purpose has other pseudonyms')
    .option('--report <file>', 'what was done, as JSON, with a page beside it')
    .option('--manifest <file>', 'which input became which output')
    .option('--json', 'machine-readable output')
    .action(run2(async () => (await import('./commands/deidentify.js')).runDeidentify));
}

function addReidentifyCommand(program: Command): void {
  program
    .command('reidentify <input> <output>')
    .description('give a reversibly de-identified instance its attributes back')
    .option('--key <file>', 'the 32 bytes it was de-identified with')
    .option('--keystore <dir>', "take the secret from this device's keys")
    .option('--purpose <text>', 'the purpose it was de-identified for')
    .option('--json', 'machine-readable output')
    .action(run2(async () => (await import('./commands/deidentify.js')).runReidentify));
}

/** Usage errors of the parser: help and version are none. */
function usageOf(error: CommanderError): UsageError | null {
  return error.exitCode === 0 ? null : new UsageError(error.message.replace(/^error: /, ''));
}

export async function runCommandLine(argv: readonly string[]): Promise<number> {
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
