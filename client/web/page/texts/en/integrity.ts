/** The guarded page, notifications. */
export const integrity = {
  'bundle.title': 'The relay serves another page',
  'bundle.text':
    'This browser knows version {known} of this page and goes on with it. The relay now serves version {offered}. If your operator has announced it, compare the digits and take it over; if not, stay and ask him.',
  'bundle.known': 'Known here',
  'bundle.offered': 'Offered now',
  'bundle.take': 'The digits are those announced: take it over',
  'bundle.later': 'Stay with the known one',
  'bundle.broken':
    'The relay offers a page whose files are not what its list says. It was not taken over. Tell your operator.',
  'bundle.guarded': 'This browser keeps the page it knows and takes over no other one by itself.',
  'bundle.unguarded': 'Nothing guards the page here: what the relay serves is what runs.',
  'bundle.compare':
    'How to compare: your operator publishes the digest; a second computer checks every file with “npm run web:compare”.',
  'bundle.published': 'Digits as your operator has published them',
  'bundle.same': 'The same: the browser was given the page that was published.',
  'bundle.differs': 'Not the same page.',
  'bundle.differsText': 'Type no passphrase here any more, and call your operator.',
  'notify.title': 'Notifications',
  'notify.on': 'Tell me on the desktop when a message arrives',
  'notify.hint': 'It says how many, never from whom or about whom.',
  'notify.denied': 'The browser does not let this page notify. Change it in the browser’s settings for this page.',
  'notify.one': '1 new message',
  'notify.many': '{n} new messages',
  'notify.urgent': '{n} urgent',
} as const;
