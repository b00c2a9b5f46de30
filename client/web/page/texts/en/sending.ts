export const sending = {
  'sending.title': 'On their way',
  'sending.rate': '{rate}/s, {time} left',
  'sending.progress': '{done} of {total}',
  'sending.preparing': 'Packing and sealing …',
  'sending.stop': 'Pause',
  'sending.resume': 'Go on',
  'sending.chooseAgain': 'Choose the files again',
  'sending.interrupted': 'Paused',
  'sending.needsFiles':
    'The browser has lost the files. Choose the same ones again and sending goes on where it stopped.',
  'sending.needsPermission': 'The browser asks before it reads the files again.',
  'sending.failed': 'Not sent',
} as const;
