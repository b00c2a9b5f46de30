import { expect } from 'chai';
import fc from 'fast-check';
import { type DirectoryRow } from '../../../../client/web/desk/view.js';
import { safeName } from '../../../../client/web/page/parts/save-file.js';
import { answersTo } from '../../../../client/web/page/screens/recipient-rows.js';
import { hashOf, parseRoute, tokenOf } from '../../../../client/web/page/state/route.js';
import { strengthOf } from '../../../../client/web/page/state/strength.js';

const TOKEN = 'A1-_'.repeat(10) + 'abc';

describe('what people type and open', () => {
  it('is a token only as the last part of a link, whatever host the link names', () => {
    expect(tokenOf(` https://relay.example/enrol#${TOKEN}\n`)).to.equal(TOKEN);
    expect(tokenOf(`https://evil.example/x#${TOKEN}`)).to.equal(TOKEN);
    expect(tokenOf(TOKEN)).to.equal(TOKEN);
    for (const wrong of ['', 'https://relay.example/enrol', `${TOKEN}x`, `#${TOKEN.slice(1)}`, `#${TOKEN}#`]) {
      expect(tokenOf(wrong), wrong).to.equal(null);
    }
  });

  it('leads back to the same place, and anything else to the inbox', () => {
    const letter = fc.string({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(letter, (key) => {
        const route = { kind: 'folder', folder: 'sent', letter: key } as const;
        expect(parseRoute(hashOf(route))).to.deep.equal(route);
        const images = { kind: 'images', folder: 'inbox', letter: key } as const;
        expect(parseRoute(hashOf(images))).to.deep.equal(images);
      }),
    );
    for (const hash of ['', '#', '#/https://evil.example', '#/%E0%A4%A']) {
      expect(parseRoute(hash)).to.deep.equal({ kind: 'folder', folder: 'inbox', letter: null });
    }
  });

  it('is answered with recipients who fit it, and never with those of the text before', () => {
    const row = (practiceName: string, address: string): DirectoryRow => {
      return { address, practiceName, isNameVerified: true, isKnown: true, isInPerson: false, isFavourite: false };
    };
    const rows = [row('Radiologie Nord', 'befund@nord.example'), row('Praxis Süd', 'post@sued.example')];
    expect(answersTo('', '', rows)).to.deep.equal(rows);
    expect(answersTo(' SÜD', '', rows)).to.deep.equal([rows[1]]);
    expect(answersTo('s\u0075\u0308d', '', rows)).to.deep.equal([rows[1]]);
    expect(answersTo('west', '', rows)).to.deep.equal([]);
    // What the relay has found for this very text fits by its word, for instance by a specialty.
    expect(answersTo('röntgen ', 'röntgen', rows)).to.deep.equal(rows);
    expect(answersTo('röntgenx', 'röntgen', rows)).to.deep.equal([]);
  });

  it('is weak when it is short, common or repeated, and good as a few words', () => {
    expect(strengthOf('kurz')).to.equal('short');
    expect(strengthOf('aaaaaaaaaaaaaaaa')).to.equal('weak');
    expect(strengthOf('passwort123456')).to.equal('weak');
    expect(strengthOf('vier eigene Worte am Fenster')).to.not.be.oneOf(['short', 'weak']);
    expect(strengthOf('Nebel Klavier zehn Treppe Ofen gelb')).to.equal('good');
  });

  it('names a saved file without leaving the folder or hiding its ending', () => {
    expect(safeName('../../etc/passwd')).to.equal('_.._etc_passwd');
    expect(safeName('CON.pdf')).to.equal('_CON.pdf');
    expect(safeName('harmlos\u202egnp.exe')).to.equal('harmlos_gnp.exe');
    expect(safeName('...')).to.equal('file');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(safeName(name)).to.match(/^[^/\\:*?"<>|\p{Cc}\p{Cf}]{1,121}$/u);
      }),
    );
  });
});
