// What a frame lives on that gets no connection, because so many have one, and is fetched only then: it asks for the newest
// rows every few seconds, which any cache may answer. What is to be sent goes as a form, as the Fallback sends it. A
// connection is tried rarely, and ever more rarely: they are refused until somebody leaves.
const EVERY = 5_000;
const SOON = 1_200;
const FIRST = 30_000;
const LONGEST = 240_000;
const PATIENCE = 10_000;

const about = (time) => time * (0.75 + Math.random() / 2);

export class Tail {
  live = false;
  #patience = FIRST;

  constructor(room, post) {
    this.room = room;
    this.post = post;
    this.href = new URL(room.querySelector('message-log').dataset.home, location.href).pathname;
    this.lang = document.documentElement.lang.slice(0, 2);
    room.addEventListener('htmx:ws:before:connection', this);
    this.#poll();
    this.#wait();
  }

  // Nothing else dials meanwhile: neither hx-ws by itself, nor a page that somebody comes back to.
  handleEvent({ detail: { connection } }) {
    if (!this.dials) connection.cancelled = true;
    this.dials = false;
  }

  // The page would dial: somebody looks at it again, or has said who they are, which shows at its foot.
  ask() {
    if (this.dials) return;
    this.#poll();
    if (this.room.querySelector('#enter')?.elements.name.value) htmx.ajax('GET', `${this.href}?foot&lang=${this.lang}`, { target: '#foot', swap: 'outerHTML' });
  }

  // Once it is said, its author need not wait as long as others until it is seen.
  async send(values) {
    await this.post(values);
    this.#next(SOON);
  }

  drop() {
    this.dropped = true;
    for (const timer of [this.next, this.again]) clearTimeout(timer);
    this.room.removeEventListener('htmx:ws:before:connection', this);
    document.getElementById('slower')?.remove();
  }

  #wait() {
    this.again = setTimeout(() => {
      this.dials = true;
      this.room.dial();
      this.#wait();
    }, about(this.#patience));
    this.#patience = Math.min(LONGEST, this.#patience * 2);
  }

  #next(time) {
    clearTimeout(this.next);
    if (!this.dropped) this.next = setTimeout(() => this.#poll(), time);
  }

  async #poll() {
    this.#next(about(EVERY));
    const answer = await fetch(`${this.href}/tail?lang=${this.lang}`, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
    if (this.dropped) return;
    const { live } = this;
    this.live = Boolean(answer?.ok);
    if (!this.live) return void this.room.calm();
    const etag = answer.headers.get('ETag');
    if (etag !== this.etag) await htmx.swap({ sourceElement: this.room, target: this.room, swap: 'none', text: await answer.text(), transition: false });
    this.etag = etag;
    if (live) this.room.heard('<');
    else this.room.up();
  }
}
