export const unlock = {
  'unlock.title': 'Locked',
  'unlock.passphrase': 'Passphrase',
  'unlock.open': 'Unlock',
  'unlock.opening': 'Unlocking …',
  'unlock.passkey': 'Unlock with passkey',
  'unlock.or': 'or',
  'unlock.idle': 'Locked after {minutes} minutes without use.',
  'unlock.forgot': 'Passphrase lost?',
  'unlock.forgotText':
    'Nobody can reset it. Erase this browser’s copy, then begin again: with an invitation, by joining from another device, or with the recovery words.',
  'unlock.erase': 'Erase this browser’s keys and messages',
  'unlock.eraseSure': 'Erase for good',
  'unlock.eraseConfirm': 'This removes the keys and all received messages from this browser. It cannot be undone.',
  'unlock.finish': 'An enrolment was interrupted. Open the invitation link again and use the same passphrase.',

  'elsewhere.title': 'Open in another tab',
  'elsewhere.text':
    'This mailbox is at work in another tab or window of this browser. Use that one, or close it and try again.',
  'elsewhere.retry': 'Try again',
} as const;
