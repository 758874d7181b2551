// What stands in for a socket that cannot be had, and is fetched only then: a stream of events by hx-sse; where nothing of
// one comes through, as behind a proxy that holds answers back, polling. Each answer to a poll brings the next one. What is
// to be sent goes as a form. A frame that is refused this too, because too many are here, is shown what is new by a Tail.
import '../vendor/htmx/hx-sse.min.js';
import { later } from './later.js';

const QUIET = 2_000;
const PATIENCE = 10_000;
const ENDS = { 401: 4401, 403: 4403 };
const ASKS = {
  stream: { 'hx-trigger': 'load', name: 'hx-sse:connect' },
  poll: { 'hx-trigger': 'load, every 5s', 'hx-sync': 'drop', 'hx-swap': 'outerHTML', name: 'hx-get' },
};

export class Fallback {
  live = false;
  #door = 'stream';

  constructor(room) {
    this.room = room;
    this.place = document.createElement('div');
    this.place.hidden = true;
    document.body.append(this.place);
    this.place.addEventListener('htmx:sse:before:connection', ({ detail }) => { this.connection = detail.connection; this.#down(); });
    this.place.addEventListener('htmx:sse:before:message', ({ detail: { message } }) => (message.event === 'stop' ? this.#down(JSON.parse(message.data).stop) : this.#heard(message.data)));
    for (const name of ['htmx:response:error', 'htmx:sse:error', 'htmx:error']) this.place.addEventListener(name, ({ detail }) => this.#down(detail.ctx?.response?.status ?? detail.status));
    new MutationObserver(() => this.#polled()).observe(this.place, { childList: true });
    this.ask();
    this.quiet = setTimeout(() => { this.#door = 'poll'; this.ask(); }, QUIET);
  }

  // From the position up to which everything on this page is known.
  ask() {
    this.#hush();
    const element = document.createElement('div');
    const { name, ...others } = ASKS[this.#door];
    for (const [key, value] of Object.entries({ ...others, [name]: this.room.door(this.#door) })) element.setAttribute(key, value);
    this.place.replaceChildren(element);
    htmx.process(element);
  }

  // One at a time; the answer is told as a socket's would be.
  async send(values) {
    if (this.sending) return;
    this.sending = true;
    const asked = { method: 'POST', body: new URLSearchParams(values), headers: { Accept: 'application/json' } };
    const answer = fetch(this.room.door('do'), { ...asked, signal: AbortSignal.timeout(PATIENCE) });
    const said = await answer.then((response) => response.json()).catch(() => null);
    this.sending = false;
    if (said) this.room.answer('nack' in said ? { ...said, nack: values.cid } : said);
  }

  drop() {
    clearTimeout(this.quiet);
    this.#hush();
    this.place.remove();
  }

  #hush() {
    if (this.place.firstElementChild) htmx.trigger(this.place.firstElementChild, 'htmx:abort');
    this.connection?.reader?.cancel();
  }

  #polled() {
    const { said, at } = this.place.firstElementChild?.dataset ?? {};
    if (said) this.#heard('<', ...JSON.parse(said).map((data) => JSON.stringify(data)), JSON.stringify({ at }));
  }

  #heard(...all) {
    clearTimeout(this.quiet);
    if (!this.live) this.room.up();
    this.live = true;
    for (const data of all) this.room.heard(data);
  }

  #down(status) {
    this.live = false;
    if (status in ENDS || status > 4000) this.room.end(ENDS[status] ?? status);
    else if (status === 503 && this.room.matches('embed-room')) this.#crowded();
    else this.room.calm();
  }

  // Frames in the pages of others can do with less than a line of their own.
  async #crowded() {
    const [{ Tail }] = await later('tail').catch(() => [{}]);
    if (!Tail || this.room.line !== this) return this.room.calm();
    this.drop();
    this.room.line = new Tail(this.room, this.send);
  }
}
