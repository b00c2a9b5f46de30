/** What the operator's and the auditor's commands can be refused with, in both languages. */
export const operatorTexts = {
  en: {
    suspended: 'The operator of the relay has suspended this device, its mailbox or its practice: ask the operator.',
    closing: 'The practice is being closed: it can read and fetch, and not send any more. Ask the operator.',
    'practice-unknown': 'There is no practice of this name: see `bildbote practice list`.',
    'practice-closed': 'The practice has closed for good: invite it anew.',
    'mailbox-unknown': 'There is no such mailbox or device: see `bildbote mailbox list`.',
    'audit-missing': 'The relay has no audit yet: let it run for a moment, then run the command again.',
    'audit-differs':
      'The audit is not what was recorded: see the findings above and docs/spec/audit.md. Keep the database as it is and find out who can write to it.',
  },
  de: {
    suspended: 'Der Betreiber hat dieses Gerät, sein Postfach oder seine Praxis gesperrt: Betreiber fragen.',
    closing: 'Die Praxis wird geschlossen: Lesen und Abrufen geht noch, Senden nicht mehr. Betreiber fragen.',
    'practice-unknown': 'Es gibt keine Praxis dieses Namens: siehe `bildbote practice list`.',
    'practice-closed': 'Die Praxis ist endgültig geschlossen: neu einladen.',
    'mailbox-unknown': 'Es gibt kein solches Postfach oder Gerät: siehe `bildbote mailbox list`.',
    'audit-missing': 'Das Relay hat noch kein Prüfprotokoll: einen Augenblick laufen lassen, dann wiederholen.',
    'audit-differs':
      'Das Prüfprotokoll ist nicht das aufgezeichnete: siehe die Befunde oben und docs/spec/audit.md. Die Datenbank unverändert lassen und klären, wer in sie schreiben kann.',
  },
} as const;
