/** What the directory was caught at, and what a person makes of it. */
export const alarm = {
  'alarm.title': 'The directory contradicts itself',
  'alarm.text':
    'The relay has shown this browser two histories of its directory that cannot both be true. This happens when somebody wants to slip in false keys, when the operator’s key is in other hands, or when the relay was set back to an old copy. Nothing is sealed or sent any more; what arrives waits unopened, and nothing is lost.',
  'alarm.steps': 'What to do',
  'alarm.stepSave':
    'Save the evidence. Both signatures in it prove to anybody that the operator’s key has signed both.',
  'alarm.stepCall':
    'Call your operator, by a number that you do not have from a message: what has happened, and which root is the right one? Ask another practice or a witness as well.',
  'alarm.stepDecide':
    'Is it explained, and do both name the same root? Then the alarm can be settled. If not: send nothing, and tell your data protection officer.',
  'alarm.first': 'Seen first',
  'alarm.second': 'Seen then, and no continuation of it',
  'alarm.log': 'Log',
  'alarm.size': 'Entries',
  'alarm.root': 'Root',
  'alarm.save': 'Save the evidence',
  'alarm.fileName': 'bildbote-evidence.txt',
  'alarm.read': 'Read received messages all the same',
  'alarm.banner': 'Directory alarm: nothing is sent.',
  'alarm.show': 'Show',
  'alarm.settleTitle': 'Settle the alarm',
  'alarm.settleText':
    'Who settles it decides for the whole mailbox: its other devices go on by themselves. Your name, the reason and the time are kept, and so is the evidence.',
  'alarm.settleRoot': 'Root that counts, as the operator has named it',
  'alarm.settleRootHint': 'The whole root, with all signs; blanks do not matter.',
  'alarm.settleFirst': 'This is the root that was seen first.',
  'alarm.settleSecond': 'This is the root that was seen then.',
  'alarm.settleNeither': 'This is neither of the two roots above. The alarm stays.',
  'alarm.settleReason': 'Reason: what happened, who said so, on which way',
  'alarm.settlePassphrase': 'Passphrase of this browser',
  'alarm.settle': 'This root counts: settle the alarm',
  'alarm.settling': 'Being settled …',
  'alarm.settled':
    'The alarm is settled: this browser goes on with the history whose root you named. Decision and evidence are kept under Settings, “Alarms”.',
  'alarm.noAdmin':
    'This device does not administrate the mailbox and cannot settle the alarm. Once it is settled on one that does, this one goes on by itself.',
  'alarm.history': 'Alarms',
  'alarm.historyText': 'The relay was caught with two histories of its directory. What was decided about it:',
  'alarm.abandoned': 'Given up: {n} entries, root {root}',
  'alarm.saveNamed': 'Save the evidence {name}',
} as const;
