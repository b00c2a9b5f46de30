/** How much a letter can say, for shells that refuse too much before anything is promised. */
export { MAX_SUBJECT, MAX_TEXT } from '../../crypto/wire/message-body.js';
