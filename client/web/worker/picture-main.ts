import { type InstanceApi, type PictureApi } from '../desk/picture.js';
import { type Channel, type Client, DeskError, connect, serve } from '../desk/rpc.js';
import { pictureMethods } from './picture-desk.js';
import { WebError } from '../ports/error.js';
import { webCodecs } from './picture-codecs.js';
import { remoteSource } from './remote-source.js';

/**
 * What runs in the picture workers: reading instances and decoding pictures, which are the sender's bytes and code streams. It holds no key, and
 * of all that the desk has it can ask for one message's verified files.
 */
const scope = self as unknown as Channel;
let desk: Client<InstanceApi> | null = null;

const methods = pictureMethods(() => {
  const current = desk;
  if (current === null) throw new WebError('not-here', 'nothing to read from');
  return (fileId) => remoteSource(current, fileId);
}, webCodecs());

serve<PictureApi>(
  scope,
  {
    ...methods,
    use: ({ port }) => {
      desk = connect<InstanceApi>(port, () => undefined);
      port.start();
      return Promise.resolve(null);
    },
  },
  (error) => (error instanceof WebError || error instanceof DeskError ? error.code : 'internal-error'),
);
