export const errors = {
  'error.title': 'That did not work',
  'error.internal-error': 'An unexpected error. Try again; if it stays, reload the page.',
  'error.passphrase-wrong': 'The passphrase is wrong.',
  'error.passkey-refused': 'The passkey was not used or was refused.',
  'error.passkey-unfit': 'This passkey cannot protect keys (it has no PRF). Use another one, or the passphrase.',
  'error.slot-unknown': 'This passkey does not belong to this mailbox.',
  'error.slot-taken': 'This passkey is set up already.',
  'error.keystore-damaged': 'The keys in this browser are damaged. Erase them and enrol again.',
  'error.keystore-version': 'The keys in this browser are older than ones used before. Erase them and enrol again.',
  'error.journal-damaged': 'The records in this browser are damaged. Erase them and enrol again.',
  'error.account-exists': 'This browser holds a mailbox already.',
  'error.account-elsewhere': 'Another tab works with this mailbox.',
  'error.account-locked': 'Locked. Unlock and try again.',
  'error.invitation-unknown': 'The invitation is not valid. Check that the link was copied as a whole.',
  'error.invitation-expired': 'The invitation has expired. Ask your operator for a new one.',
  'error.invitation-used': 'The invitation has been used. Ask your operator for a new one.',
  'error.address-taken': 'The address has a mailbox already. Ask your operator.',
  'error.relay-unreachable': 'The relay cannot be reached. Check the network.',
  'error.relay-interrupted': 'No connection to the relay. It goes on by itself when the network is back.',
  'error.challenge-refused':
    'The relay does not accept this browser: the address differs from the one of the invitation, the clock is wrong, or the device was revoked.',
  'error.forbidden': 'This device may not do that any more.',
  'error.rate-limited': 'Too many requests. Wait a minute.',
  'error.storage-full': 'No room left in this browser. Free some space on the computer.',
  'error.storage-blocked':
    'This browser keeps nothing for pages (private window?). Bildbote needs storage for its keys.',
  'error.recipient-unknown': 'There is no mailbox at this address. Nothing was sent.',
  'error.recipient-unusable':
    'A recipient cannot receive now: one of its devices must connect first. Nothing was sent.',
  'error.address-changed':
    'The address now leads to another mailbox than before. Ask the practice by telephone; nothing was sent.',
  'error.directory-contradiction':
    'The relay’s directory contradicts what was seen before. Nothing was sent. Tell your operator.',
  'error.nothing-to-send': 'There is nothing to send.',
  'error.source-changed': 'A file has changed or is gone. The message was given up; send it anew.',
  'error.files-needed': 'Choose the files again.',
  'error.permission-needed': 'Allow the browser to read the files again.',
  'error.report-unreadable': 'The report is not a PDF file.',
  'error.payload-damaged': 'What the relay holds is not what the sender signed. Nothing of it was kept.',
  'error.payload-incomplete': 'The sender has not finished.',
  'error.quota-exceeded': 'The practice’s quota at the relay is used up.',
  'error.too-large': 'Larger than the relay allows.',
  'error.gone': 'Expired or withdrawn.',
  'error.image-unsupported': 'This coding cannot be shown yet.',
  'error.image-invalid': 'This image is damaged.',
  'error.no-image': 'No image in this instance.',
  'error.not-here': 'Not arrived yet.',
  'error.chain-unlogged':
    'The relay shows keys of a mailbox that are not those of its public log: nothing was sealed to them. Tell the operator.',
  'error.checkpoint-stale':
    'The public log is more than a day old: nothing is sealed. Check the clock of this computer, then tell the operator.',
  'error.gossip-invalid': 'The message tells of a public log that is not this one: it is not shown. Ask the sender.',
  'error.log-forked':
    'ALARM: the relay has shown two histories of its directory. Nothing is sent any more. Keep the evidence and compare it with other practices, not through this relay.',
  'error.log-invalid': 'The public log does not prove what the relay says: nothing was sealed. Tell the operator.',
  'error.witnesses-missing':
    'Too few witnesses have seen the newest state of the directory: nothing is sealed until they have. Messages are kept.',
  'error.policy-changed':
    'The relay names other witnesses than the invitation: ask the operator, not through the relay, and for a new invitation.',
  'error.contact-denied': 'A recipient does not take messages of this mailbox: nothing was sent.',
  'error.coding-changed':
    'The message was begun by a version that coded differently: the message was given up. Send it anew.',
  'error.log-behind': 'The public log does not show the newest state yet. Try again in a minute.',
  'error.policy-missing': 'The invitation does not say whose word counts. Ask the operator for a new one.',
  'error.policy-invalid': 'The relay’s list of witnesses cannot be read. Tell the operator.',
  'error.message-unverified': 'The message waits until the directory can be checked.',
  'error.message-held': 'The sender waits for the consent of this mailbox.',
  'error.codec-unsupported':
    'The files were compressed in a way that this browser cannot undo yet. Fetch them with the command line.',
  'error.unavailable': 'The relay cannot answer now. It is tried again.',
  'error.aborted': 'Paused.',
} as const;
