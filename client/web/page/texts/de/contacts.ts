import { type contacts as english } from '../en/contacts.js';

export const contacts: Readonly<Record<keyof typeof english, string>> = {
  'contacts.title': 'Kontakte',
  'contacts.policy': 'Erste Nachrichten annehmen von',
  'contacts.policyAll': 'allen',
  'contacts.policyVerified': 'Praxen mit geprüftem Namen',
  'contacts.policyKnown': 'bekannten Kontakten',
  'contacts.policyHint': 'Nachrichten von anderen warten, bis Sie entschieden haben.',
  'contacts.none': 'Noch keine Kontakte.',
  'contacts.allow': 'Erlauben',
  'contacts.deny': 'Ablehnen',
  'contacts.forget': 'Entscheidung zurücknehmen',
  'contacts.allowed': 'erlaubt',
  'contacts.denied': 'abgelehnt',
  'contacts.former': 'früheres Postfach',
  'contacts.inPerson': 'persönlich geprüft',
  'contacts.nameVerified': 'Name geprüft',
  'contacts.safety': 'Sicherheitsnummer',
  'contacts.of': '{what}: {name}',
  'safety.title': 'Sicherheitsnummer mit {address}',
  'safety.intro':
    'Rufen Sie die Praxis unter einer Nummer an, die Sie von anderswo kennen, und lassen Sie sich ihre Nummer vorlesen. Sind beide gleich, steht niemand zwischen Ihnen.',
  'safety.given': 'Nummer, wie die Gegenseite sie vorliest',
  'safety.compare': 'Vergleichen und merken',
  'safety.undo': 'Markierung zurücknehmen',
  'safety.done': 'Persönlich geprüft: {by}',
  'safety.changeTitle': 'Hinter dieser Adresse steht ein anderes Postfach',
  'safety.changeText':
    'Vielleicht hat die Praxis ihr Postfach neu eingerichtet, vielleicht gibt sich jemand für sie aus. Dorthin wird nichts gesendet, bis Sie die neue Nummer von der Praxis selbst gehört haben.',
  'safety.former': 'Nummer bisher',
  'safety.now': 'Neue Nummer',
  'consent.title': 'Dieser Absender ist neu für Sie',
  'consent.text':
    '{sender} möchte Ihnen diese Nachricht senden. Ihre Dateien werden erst geholt, und der Absender erfährt erst etwas, wenn Sie zustimmen.',
  'consent.allow': 'Nachrichten dieses Absenders annehmen',
  'consent.deny': 'Ablehnen',
};
