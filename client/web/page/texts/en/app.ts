export const app = {
  'app.name': 'Bildbote',
  'app.starting': 'Starting …',
  'app.skip': 'To the content',
  'app.unusable': 'This browser cannot run Bildbote: {code}. Use a current Chrome, Edge, Firefox or Safari.',

  'nav.label': 'Areas',
  'nav.inbox': 'Inbox',
  'nav.sent': 'Sent',
  'nav.write': 'Write',
  'nav.settings': 'Settings',
  'nav.lock': 'Lock',

  'line.online': 'Connected',
  'line.offline': 'No connection',
  'line.offlineHint': 'Messages go on when the relay can be reached again.',

  'common.close': 'Close',
  'common.cancel': 'Cancel',
  'common.yes': 'Yes',
  'common.required': 'required',
  'common.optional': 'optional',
} as const;
