import { normalize, sep } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { safeName, uidName } from '../../../client/node/file-names.js';

describe('names of received files', () => {
  it('keep a plain UID and hash everything else', () => {
    expect(uidName('1.2.840.10008.5')).to.equal('1.2.840.10008.5');
    for (const uid of [
      '',
      '.',
      '..',
      '1..2',
      '.1',
      '1.',
      '../../etc/passwd',
      '1/2',
      '1\\2',
      'a',
      '1\0',
      '1'.repeat(65),
    ]) {
      expect(uidName(uid), uid).to.match(/^[0-9a-f]{32}$/);
    }
  });

  it('cannot leave the folder, whatever the sender calls a file', () => {
    const hostile = [
      '../../x',
      '/etc/passwd',
      'C:\\Windows\\x',
      '\\\\server\\share',
      'a\0b',
      '..',
      '.',
      '',
      'CON',
      'nul.txt',
      '.bashrc',
      'x\u202egpj.exe',
      ' ',
    ];
    for (const name of hostile) {
      const safe = safeName(name);
      expect(safe, name).to.not.match(/[/\\\0:]/);
      expect(['', '.', '..']).to.not.include(safe);
      expect(safe.startsWith('.')).to.equal(false);
      expect(/^(con|nul)(\.|$)/i.test(safe)).to.equal(false);
    }
  });

  it('keep ordinary names of ordinary files', () => {
    for (const name of ['Befund.pdf', 'Überweisung Müller (2).pdf', 'scan-1_b.png'])
      expect(safeName(name)).to.equal(name);
  });

  it('are one plain name for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const safe = safeName(name);
        expect(normalize(safe)).to.equal(safe);
        expect(safe.includes(sep)).to.equal(false);
        expect(safe.length).to.be.within(1, 130);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
