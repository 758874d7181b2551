// What this reader asked for and the server has not answered yet. It outlives the connection and a reload of the page;
// every entry has an id of its own, so that sending it twice does it once.
const PATIENCE = 10_000;
const WINDOW = 16; // unanswered at once: the server takes a few dozen for a flood

export function freshCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
}

export function stored(key, fallback) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The storage is full or forbidden: the entries still live as long as the page.
  }
}

export class Outbox {
  constructor(room, key) {
    this.room = room;
    this.key = `outbox:${key}`;
    this.entries = stored(this.key, []).map((entry) => ({ ...entry, sent: 0 }));
    this.mine = new Set(stored(`mine:${key}`, []));
    this.mineKey = `mine:${key}`;
    this.until = 0;
    this.timer = setInterval(() => this.#resend(PATIENCE), 2_000);
  }

  put(asked) {
    const values = { ...asked, cid: freshCid() };
    if (values.do === 'mark-read') this.entries = this.entries.filter((entry) => entry.values.do !== 'mark-read');
    if (values.do === 'post-message') {
      this.mine.add(values.cid);
      store(this.mineKey, [...this.mine].slice(-200));
    }
    this.entries.push({ values, at: Date.now(), sent: 0, why: '' });
    this.#changed();
    this.#resend(PATIENCE);
  }

  opened() {
    this.#resend(0);
  }

  answered(cid, id) {
    if (!this.#find(cid)) return;
    this.entries = this.entries.filter((entry) => entry.values.cid !== cid);
    this.#changed({ cid, id });
    this.#resend(PATIENCE);
  }

  refused(cid, why, after) {
    const entry = this.#find(cid);
    if (entry && after) { // not now, but soon: from here on one at a time, so that the order stays
      entry.sent = 0;
      this.until = Date.now() + after * 1_000;
      setTimeout(() => this.#resend(PATIENCE), after * 1_000);
      return true;
    }
    if (entry && 'body' in entry.values) entry.why = why;
    else this.entries = this.entries.filter((other) => other !== entry);
    this.#changed();
    return Boolean(entry?.why);
  }

  retry(cid) {
    const entry = this.#find(cid);
    if (!entry) return;
    Object.assign(entry, { why: '', sent: 0 });
    this.#changed();
    this.#resend(PATIENCE);
  }

  discard(cid) {
    this.entries = this.entries.filter((entry) => entry.values.cid !== cid);
    this.#changed();
  }

  #find(cid) {
    return this.entries.find((entry) => entry.values.cid === cid);
  }

  #resend(patience) {
    const now = Date.now();
    if (now < this.until) return;
    const due = this.entries.filter((entry) => !entry.why);
    if (!due.length) this.until = 0;
    for (const entry of due.slice(0, this.until ? 1 : WINDOW)) {
      if (now - entry.sent >= patience && this.room.send(entry.values)) entry.sent = now;
    }
  }

  #changed(detail) {
    store(this.key, this.entries);
    document.dispatchEvent(new CustomEvent('webchat:outbox', { detail }));
  }
}
