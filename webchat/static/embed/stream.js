// <web-stream start="2026-11-20T18:00Z">, inside <web-danmaku>: its video is a live stream. What is said flies by the date of
// the picture that its author saw, which the browser knows, or the page by the function `date`.
import './danmaku.js';

const LONGEST = 864_000_000; // ms that a stream goes on
const MOST = 1_000; // that are kept
const FAR = 60_000; // ms ahead of every clock are nonsense; and so long caches may have what was taken back

function keep(some, id, one) {
  some.delete(id);
  some.set(id, one);
  if (some.size > MOST) some.delete(some.keys().next().value);
}

customElements.define('web-stream', class extends HTMLElement {
  #ahead = NaN; // by how much the stream's clock is ahead of the player's
  #gone = new Map();
  #kept = new Map(); // what was just said: no minute that was loaded before may have it when its picture comes
  #last = 0;

  connectedCallback() {
    this.host = this.closest('web-danmaku');
    if (!this.host) return;
    this.host.stream = this;
    this.life = new AbortController();
    const { signal } = this.life;
    document.addEventListener('webchat', ({ detail }) => this.#hear(detail), { signal });
    this.host.addEventListener('emptied', () => { this.#ahead = NaN; }, { signal, capture: true });
  }

  disconnectedCallback() {
    this.life?.abort();
    if (this.host?.stream === this) this.host.stream = null;
    this.#kept.clear();
  }

  // Milliseconds from the beginning to the picture that is shown; null where that makes no sense. A first picture without a
  // date is taken for one of this moment. Who gives segments stays where they are until there is a picture.
  now(segments) {
    const video = this.host.querySelector('video');
    if (!video) return null;
    segments?.set('', this.#kept);
    const place = `${this.#of('site')} ${this.#of('room')} ${this.getAttribute('start')}`;
    if (place !== this.place) this.#anew(place);
    const played = video.currentTime * 1000;
    const told = this.#since(this.#date(video, played));
    const clock = this.#since(Date.now());
    if (told >= 0 && told <= LONGEST) this.#ahead = told - played;
    else if (isNaN(this.#ahead) && video.readyState > 2) this.#ahead = clock - played;
    const known = isNaN(this.#ahead) ? clock : played + this.#ahead;
    if (!(known >= 0 && known <= LONGEST)) return null;
    if (!isNaN(this.#ahead)) this.#last = known;
    return segments ? this.#last : known;
  }

  gone(id) { return performance.now() - this.#gone.get(id) < FAR; }

  #anew(place) {
    this.place = place;
    this.#ahead = NaN;
    this.#last = 0;
    this.#kept.clear();
  }

  #of(name) { return this.host.getAttribute(name); }
  #since(date) { return date - Date.parse(this.getAttribute('start')); }

  #date(video, played) {
    try { return Number(this.date?.() ?? video.getStartDate().getTime() + played); } catch { return NaN; }
  }

  // <web-danmaku> has heard it before, and let fly what is of earlier pictures.
  #hear(detail) {
    const { type, site, room, id, t } = detail;
    if (site !== this.#of('site') || room !== this.#of('room')) return;
    if (type === 'unfly') {
      this.#kept.delete(id);
      keep(this.#gone, id, performance.now());
    } else if (type === 'fly') {
      const now = this.now();
      this.#gone.delete(id);
      if (now !== null && t <= Math.max(now, this.#since(Date.now())) + FAR) return keep(this.#kept, id, detail);
      // It has no time that makes sense here.
      this.host.hear({ detail: { ...detail, type: 'unfly' } });
      this.host.hear({ detail: { ...detail, t: now ?? this.host.querySelector('video')?.currentTime * 1000 } });
    }
  }
});
