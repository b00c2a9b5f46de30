/** What the operator's and the auditor's commands can be refused with, in both languages. */
export const operatorTexts = {
  en: {
    'audit-missing': 'The relay has no audit yet: let it run for a moment, then run the command again.',
    'audit-differs':
      'The audit is not what was recorded: see the findings above and docs/spec/audit.md. Keep the database as it is and find out who can write to it.',
  },
  de: {
    'audit-missing': 'Das Relay hat noch kein Prüfprotokoll: einen Augenblick laufen lassen, dann wiederholen.',
    'audit-differs':
      'Das Prüfprotokoll ist nicht das aufgezeichnete: siehe die Befunde oben und docs/spec/audit.md. Die Datenbank unverändert lassen und klären, wer in sie schreiben kann.',
  },
} as const;
