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
  'sending.looking': 'The chosen files are being looked at …',
  'sending.found': '{n} of {total} files are here again. Choose the others as well, then sending goes on.',
  'sending.strange': '{n} of the chosen files are not those of this message: another name, size or date.',
  'sending.needsPermission': 'The browser asks before it reads the files again.',
  'sending.failed': 'Not sent',
  'sending.giveUp': 'Give up',
  'sending.giveUpTitle': 'Give this message up?',
  'sending.giveUpText':
    'The recipients are told that nothing more will come. What they have received so far stays incomplete.',
  'sending.held': 'The recipient has not agreed yet to get messages of this mailbox. It is asked again by itself.',
  'sending.keep': 'Keep',
} as const;
