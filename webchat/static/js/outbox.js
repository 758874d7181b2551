// What this reader asked for and the server has not answered yet. It outlives the connection and a reload of the page;
// every entry has an id of its own, so that sending it twice does it once.
//
// One entry at a time is under way: were a second one sent before the first is answered, a refusal of the first for being
// too fast could let the second overtake it. What has to wait lets nothing of its own lane by: the posts of a room are one,
// as slow mode may keep them for an hour, and all else another. Where no socket can be had, they go by what stands in for it.
const PATIENCE = 10_000;
const LONGEST = 60_000; // bytes of an entry: the server closes at a little more

export function freshCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
}

export function stored(key, fallback) { try { return JSON.parse(sessionStorage.getItem(key)) ?? fallback; } catch { return fallback; } }

// Where the storage is full or forbidden, the entries still live as long as the page.
export function store(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { return; } }

const lane = ({ do: what, room }) => (what === 'post-message' ? room : '');
const size = (values) => new TextEncoder().encode(JSON.stringify(values)).length;
const tooLong = (values) => (size(values) > LONGEST ? document.querySelector('[data-over]').dataset.over : '');

export class Outbox {
  constructor(room, key) {
    this.room = room;
    this.key = `outbox:${key}`;
    this.restore();
    this.mine = new Set(stored(`mine:${key}`, []));
    addEventListener('pageshow', (event) => event.persisted && this.restore()); // another page of the tab had it since
    setInterval(() => this.#resend(), 2_000);
  }

  restore() { this.entries = stored(this.key, []).map((entry) => ({ ...entry, sent: 0 })); }

  put(asked, href = '') {
    const values = { ...asked, cid: freshCid() };
    if (values.do === 'mark-read') this.entries = this.entries.filter((entry) => entry.values.do !== values.do || entry.values.room !== values.room);
    if (values.do === 'post-message') {
      this.mine.add(values.cid);
      store(this.key.replace('outbox', 'mine'), [...this.mine].slice(-200));
    }
    this.entries.push({ values, href, at: Date.now(), sent: 0, why: tooLong(values) });
    this.#changed();
  }

  opened() {
    for (const entry of this.entries) entry.sent = 0;
    this.#resend();
  }

  answered(cid, id) { if (this.#find(cid)) this.discard(cid, { cid, id }); }

  // Whether that is all that need be said of it: what nobody asked for is dropped without a word.
  refused(cid, why, after) {
    const entry = this.#find(cid);
    if (!entry) return cid !== null;
    const silent = ['mark-read', 'see-notifications'].includes(entry.values.do);
    if (after && !silent) { // not now, but soon
      const long = after >= 5; // than a moment: its author is told why
      Object.assign(entry, { sent: 0, until: Date.now() + after * 1_000, wait: long && why });
      setTimeout(() => this.#changed(), after * 1_000);
      this.#changed();
      return !long;
    }
    if ('body' in entry.values) entry.why = why;
    else this.entries = this.entries.filter((other) => other !== entry);
    this.#changed();
    return silent || Boolean(entry.why);
  }

  retry(cid) {
    const entry = this.#find(cid);
    if (!entry) return;
    Object.assign(entry, { why: tooLong(entry.values), sent: 0 });
    this.#changed();
  }

  discard(cid, answer) {
    this.entries = this.entries.filter((entry) => entry.values.cid !== cid);
    this.#changed(answer);
  }

  #find(cid) { return this.entries.find((entry) => entry.values.cid === cid); }

  #resend() {
    const now = Date.now();
    const held = new Set();
    const entry = this.entries.find(({ values, why, until = 0 }) => !why && !held.has(lane(values)) && (until <= now || !held.add(lane(values))));
    if (!entry) return;
    if (this.room.line) this.room.line.send(entry.values);
    else if (now - entry.sent >= PATIENCE && this.room.send(entry.values)) entry.sent = now;
  }

  #changed(detail) {
    store(this.key, this.entries);
    document.dispatchEvent(new CustomEvent('webchat:outbox', { detail }));
    this.#resend();
  }
}
