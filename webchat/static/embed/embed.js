// <web-chat site="blog" room="post-42"><a href="…">Comments</a></web-chat>: a live thread of comments, in a frame of its
// own. What stands inside is shown where this does not work. Attributes: mode (thread; live, as high as the page says; or
// bubble, the site's support), theme (auto, light, dark), lang, token-url.
//
// <web-chat-count site="blog" room="post-42">: how many comments there are. All of a page are asked for together.

const HOME = new URL('.', import.meta.url);
const PATIENCE = 8000; // until what stands inside is shown instead
const NEAR = '600px'; // to the reader, for the thread to be loaded
const LOOKS = ['accent', 'on-accent', 'ink', 'soft', 'line', 'ground', 'raised', 'font', 'size', 'radius'];
const SHEET = `
  :host { display: block !important; position: relative; min-height: var(--height); }
  :host([mode="live"]) { height: var(--height, 480px); }
  iframe { display: block; width: 100%; height: 100%; border: 0; }
  iframe:not(.ready) { visibility: hidden; position: absolute; inset: 0; pointer-events: none; }
  iframe.ready ~ slot, iframe:not(.failed) ~ slot { display: none; }`;
const ask = window.fetch?.bind(window);
const heights = new Map();

// The token, none if nobody is signed in, nothing where that is not known.
const said = (answer) => (answer.ok ? answer.text() : [401, 403, 404].includes(answer.status) ? '' : null);

// How bright the page's ink is tells whether the page is dark. A canvas knows all colours, but may not tell.
function scheme(element) {
  const theme = element.getAttribute('theme');
  if (theme === 'light' || theme === 'dark') return theme;
  const { color } = getComputedStyle(element);
  const paint = document.createElement('canvas').getContext('2d');
  paint.fillStyle = color;
  paint.fillRect(0, 0, 1, 1);
  const [red, green, blue] = color.startsWith('rgb') ? color.match(/[\d.]+/g) : paint.getImageData(0, 0, 1, 1).data;
  return Number(red) + Number(green) + Number(blue) > 382 ? 'dark' : 'light';
}

class WebChat extends HTMLElement {
  static observedAttributes = ['site', 'room', 'mode', 'theme'];

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    this.shadowRoot.adoptedStyleSheets = [sheet];
    this.shadowRoot.replaceChildren(document.createElement('slot'));
    const bubble = this.getAttribute('mode') === 'bubble';
    this.key = `${this.getAttribute('site')}/${bubble ? 'support' : this.getAttribute('room')}`;
    if (bubble) return this.hang();
    this.grow(heights.get(this.key));
    this.sight = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.load(), { rootMargin: NEAR });
    this.sight.observe(this);
  }

  hang() {
    this.bubble ??= import(`${HOME}bubble.js`).then(({ Bubble }) => new Bubble(this), () => null);
    this.bubble.then((bubble) => bubble?.hang());
  }

  async open() { (await this.bubble)?.open(); }
  async close() { (await this.bubble)?.close(); }

  disconnectedCallback() {
    this.sight?.disconnect();
    clearTimeout(this.timer);
    this.port?.close();
    this.frame?.remove();
    this.port = this.frame = null;
  }

  attributeChangedCallback(name, old, value) {
    if (!this.isConnected || !this.shadowRoot || old === value) return;
    if (name === 'theme') return this.restyle();
    this.disconnectedCallback();
    this.connectedCallback();
  }

  load(place = this.shadowRoot) {
    this.sight?.disconnect();
    const [site, room] = this.key.split('/').map(encodeURIComponent);
    const url = new URL(`embed/${site}/${room}`, HOME);
    for (const name of ['mode', 'lang']) if (this.hasAttribute(name)) url.searchParams.set(name, this.getAttribute(name));
    url.searchParams.set('theme', scheme(this));
    const frame = this.frame = document.createElement('iframe');
    frame.title = this.title || this.textContent.trim();
    frame.style.colorScheme = scheme(this);
    frame.onload = () => this.meet(frame);
    frame.src = url.href;
    this.timer = setTimeout(() => { frame.classList.add('failed'); this.close(); }, PATIENCE);
    place.prepend(frame);
  }

  // The only message to a window, and only to ours: the port by which all else is said.
  meet(frame) {
    const { port1, port2 } = new MessageChannel();
    this.port?.close();
    this.port = port1;
    port1.onmessage = ({ data }) => this.hear(frame, data);
    frame.contentWindow.postMessage(this.looks(), HOME.origin, [port2]);
  }

  hear(frame, { type, ...said }) {
    if (type === 'ready') {
      clearTimeout(this.timer);
      frame.classList.add('ready');
      this.identify();
    }
    if (type === 'when') this.port.postMessage({ moment: this.moment() });
    if (said.height) this.grow(said.height);
    const detail = { type, site: this.getAttribute('site'), room: this.getAttribute('room'), ...said };
    this.dispatchEvent(new CustomEvent('webchat', { bubbles: true, detail }));
  }

  // Where the video of this thread stands, over which what its readers say flies.
  moment() {
    const [site, room] = ['site', 'room'].map((name) => CSS.escape(this.getAttribute(name)));
    const film = document.querySelector(`web-danmaku[site="${site}"][room="${room}"]`);
    const video = film?.querySelector('video');
    return video ? { t: Math.trunc(film.stream?.now() ?? video.currentTime * 1000), mode: film.getAttribute('mode'), color: film.getAttribute('color') } : {};
  }

  // A thread keeps its height for when it is shown again, so that nothing below it moves.
  grow(height) {
    if (!height || /live|bubble/.test(this.getAttribute('mode'))) return;
    heights.set(this.key, height);
    this.shadowRoot.adoptedStyleSheets[0].cssRules[0].style.setProperty('--height', `${height}px`);
    if (this.frame) this.frame.style.height = `${height}px`;
  }

  looks() {
    const style = getComputedStyle(this);
    const vars = Object.fromEntries(LOOKS.map((name) => [name, style.getPropertyValue(`--wc-${name}`).trim()]));
    vars.font ||= style.fontFamily;
    return { theme: scheme(this), vars };
  }

  // For a page that changed its looks otherwise.
  restyle() {
    if (this.frame) this.frame.style.colorScheme = scheme(this);
    this.port?.postMessage(this.looks());
  }

  // Who reads, as the page says: a token signs somebody in, an empty one signs out.
  set token(token) { this.held = token; this.identify(); }

  async identify() {
    const url = this.getAttribute('token-url');
    this.held ??= url && ask ? await ask(url).then(said, () => null) : null;
    if (typeof this.held !== 'string' || (this.held && this.held === this.sent)) return; // it is taken once
    this.port?.postMessage({ token: this.sent = this.held });
  }
}

class WebChatCount extends HTMLElement {
  connectedCallback() {
    if (!waiting.size) queueMicrotask(count);
    waiting.add(this);
  }
}

const waiting = new Set();

async function count() {
  const all = [...waiting];
  waiting.clear();
  for (const [site, some] of Map.groupBy(all, (one) => one.getAttribute('site'))) {
    const rooms = new URLSearchParams(some.map((one) => ['thread', one.getAttribute('room')]));
    const answer = await ask?.(new URL(`embed/${encodeURIComponent(site)}/counts.json?${rooms}`, HOME)).catch(() => null);
    const { counts } = answer?.ok ? await answer.json() : { counts: {} };
    for (const one of some) one.textContent = counts[one.getAttribute('room')] ?? one.textContent;
  }
}

customElements.define('web-chat', WebChat);
customElements.define('web-chat-count', WebChatCount);
