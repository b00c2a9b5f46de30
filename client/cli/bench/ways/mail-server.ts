import { createServer, type Socket } from 'node:net';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';

/**
 * As much of a mail server as one mail in and out needs: SMTP (RFC 5321) writes it to a file, POP3 (RFC 1939) reads it from there. Without
 * limits, which is kinder than what mail servers do. `node mail-server.js FOLDER SMTP_PORT POP3_PORT`
 */
const [folder = '', smtpPort = '0', pop3Port = '0'] = process.argv.slice(2);
const mail = join(folder, 'mail.eml');
const END = Buffer.from('\r\n.\r\n');

function lines(socket: Socket, on: (line: string) => void): { pause(): void; resume(rest: Buffer): void } {
  let rest: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
      const line = rest.subarray(0, at).toString('latin1');
      rest = rest.subarray(at + 2);
      on(line);
    }
  };
  socket.on('data', read);
  return {
    pause: () => void socket.off('data', read),
    resume: (more) => {
      rest = more;
      socket.on('data', read);
    },
  };
}

const smtp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('220 bench\r\n');
  const reader = lines(socket, (line) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'DATA') {
      reader.pause();
      socket.write('354 go\r\n');
      takeData(socket, (rest) => reader.resume(rest));
    } else if (verb === 'QUIT') socket.end('221 bye\r\n');
    else socket.write(verb === 'EHLO' ? '250-bench\r\n250 8BITMIME\r\n' : '250 ok\r\n');
  });
});

function takeData(socket: Socket, done: (rest: Buffer) => void): void {
  const file = createWriteStream(mail);
  let tail: Buffer = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    const all = Buffer.concat([tail, chunk]);
    const end = all.indexOf(END);
    const keep = end < 0 ? Math.max(0, all.length - END.length + 1) : end + 2;
    tail = all.subarray(keep);
    if (!file.write(all.subarray(0, keep))) {
      socket.pause();
      file.once('drain', () => socket.resume());
    }
    if (end < 0) return;
    socket.off('data', take);
    file.end(() => {
      socket.write('250 stored\r\n');
      done(all.subarray(end + END.length));
    });
  };
  socket.on('data', take);
}

const pop3 = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('+OK bench\r\n');
  lines(socket, (line) => {
    const verb = line.slice(0, 4).toUpperCase().trim();
    if (verb === 'RETR') void giveData(socket);
    else if (verb === 'QUIT') socket.end('+OK bye\r\n');
    else socket.write(verb === 'CAPA' ? '+OK\r\nUSER\r\n.\r\n' : '+OK\r\n');
  });
});

async function giveData(socket: Socket): Promise<void> {
  const { size } = await stat(mail);
  socket.write(`+OK ${size} octets\r\n`);
  // As it came, dots at the beginning of lines doubled already.
  for await (const chunk of createReadStream(mail)) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.write('.\r\n');
}

smtp.listen(Number(smtpPort), '127.0.0.1');
pop3.listen(Number(pop3Port), '127.0.0.1');
