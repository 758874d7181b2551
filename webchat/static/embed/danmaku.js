// <web-danmaku site room>: what is said in a thread flies over the <video> inside.
const pen = document.createElement('canvas').getContext('2d');
const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host { display: block; position: relative }
  ::slotted(video) { display: block; width: 100% }
  div { position: absolute; inset: 0; overflow: hidden; pointer-events: none; text-shadow: 0 0 3px #000, 0 0 3px #000; color: #fff }
  span { position: absolute; text-align: center; white-space: nowrap; unicode-bidi: plaintext }
  @media (prefers-reduced-motion) { div { display: none } }`);

function overlay(host, root) {
  const stage = document.createElement('div');
  const segments = new Map();
  const flights = new Map();
  let at, lanes, pace, video, width, row, long, timer, zero;

  const is = (name, usual = '') => host.getAttribute(name) ?? usual;
  const key = (t) => new URL(`embed/${is('site')}/${is('room')}/danmaku.json?s=${Math.trunc(t / 60000)}`, import.meta.url).href;

  function draw() {
    flights.forEach(drop);
    video = host.querySelector('video');
    width = stage.clientWidth;
    row = Math.ceil(Math.max(20, stage.clientHeight / 14) * is('size', 1));
    long = 8000 / is('speed', 1);
    lanes = Array.from({ length: video && stage.clientHeight * is('area', 0.8) / row });
    stage.style.font = `bold ${row * 0.7}px/${row}px sans-serif`;
    stage.style.opacity = is('opacity', 1);
    at = -1e9;
    tick(true);
  }

  function tick(anew) {
    clearTimeout(timer);
    if (!lanes?.length) return;
    const was = pace;
    const real = host.stream?.now(segments) ?? video.currentTime * 1000;
    pace = video.paused || video.seeking || video.readyState < 3 ? 0 : video.playbackRate;
    let now = pace ? (performance.now() - zero) * pace : at;
    const turned = anew || pace !== was || Math.abs(now - real) > 80 * pace;
    if (turned) {
      now = real;
      zero = performance.now() - now / pace;
    }
    if (now < at - 200 * pace) return draw();
    const from = Math.max(at, now - long);
    at = now;
    for (const flight of flights.values()) {
      if (now >= flight.end) drop(flight);
      else if (turned) steer(flight);
    }
    const wanted = [now - long, now, now + 10000].map(key);
    for (const url of segments.keys()) if (url && !wanted.includes(url)) segments.delete(url);
    for (const url of wanted) if (!segments.has(url)) load(url);
    let next = now + 1000;
    for (const segment of segments.values()) for (const one of segment.values()) {
      if (one.t > now) next = Math.min(next, one.t);
      else if (one.t > from) launch(one, one.t);
    }
    if (pace) timer = setTimeout(tick, (next - now) / pace);
  }

  async function load(url) {
    const segment = new Map();
    segments.set(url, segment);
    for (const [t, mode, color, text, id, by] of await fetch(url).then((answer) => answer.json()).catch(() => [])) segment.set(id, { t, mode, color, text, id, by });
    at = -1e9;
    tick();
  }

  function launch({ mode, color, text, id, by }, start) {
    const own = by === is('me');
    const back = mode === 'reverse';
    const fixed = mode === 'top' || mode === 'bottom';
    const duration = fixed ? long / 2 : long;
    const end = start + duration;
    const hides = (word) => word && (text.toLowerCase().includes(word) || by.toLowerCase() === word);
    if (flights.has(id) || host.stream?.gone(id) || end <= at || is('hide').toLowerCase().split(',').some((word) => hides(word.trim())) || !own && id * 0.618 % 1 >= is('density', 1)) return;
    pen.font = stage.style.font;
    const w = Math.ceil(pen.measureText(text).width) + 8;
    const speed = fixed ? 0 : (width + w) / long;
    let order = [...lanes.keys()];
    if (!fixed && order[4]) order = order.slice(1, back ? -1 : -2);
    if (back || mode === 'bottom') order.reverse();
    let n = order.find((i) => !lanes[i] || lanes[i].end <= start
      || lanes[i].mode === mode && lanes[i].tail <= start && lanes[i].end <= start + width / speed);
    if (n === undefined) {
      if (!own) return;
      [n] = order;
      for (const flight of flights.values()) if (flight.n === n) drop(flight);
    }
    const span = document.createElement('span');
    span.textContent = text;
    span.style = `left: ${fixed ? (width - w) / 2 : width}px; top: ${n * row}px; width: ${w}px; color: ${/^#[0-9a-f]{6}$/.test(color) && color}; outline: ${own && 'solid 1px'}`;
    stage.append(span);
    const animation = span.animate({ translate: [0, `${-speed * duration}px`] }, { duration, fill: 'both', direction: back ? 'reverse' : 'normal' });
    lanes[n] = { animation, end, id, mode, n, span, start, tail: start + (w + 8) / speed };
    flights.set(id, lanes[n]);
    steer(lanes[n]);
  }

  function steer({ animation, start }) {
    animation.playbackRate = pace || 1;
    animation.pause();
    if (pace) animation.startTime = zero + start / pace;
    else animation.currentTime = at - start;
  }

  function drop({ id, span }) {
    span.remove();
    flights.delete(id);
  }

  root.adoptedStyleSheets = [sheet];
  root.append(document.createElement('slot'), stage);
  stage.ariaHidden = true;
  for (const type of ['playing', 'pause', 'waiting', 'seeking', 'ratechange', 'timeupdate']) host.addEventListener(type, () => tick(), true);
  new ResizeObserver(draw).observe(stage);
  new MutationObserver(draw).observe(host, { attributes: true, childList: true });

  return ({ detail }) => {
    const { type, site, room, id, t } = detail;
    if (site !== is('site') || room !== is('room')) return;
    if (type === 'fly') {
      const segment = segments.get(key(t));
      if (segment?.size < 1000) segment.set(id, detail);
      tick();
      if (t <= at && (t > at - long || host.stream)) launch(detail, at);
    } else if (type === 'unfly') {
      for (const segment of segments.values()) segment.delete(id);
      if (flights.has(id)) drop(flights.get(id));
    }
  };
}

customElements.define('web-danmaku', class extends HTMLElement {
  hear = overlay(this, this.attachShadow({ mode: 'open' }));
  connectedCallback() { document.addEventListener('webchat', this.hear); }
  disconnectedCallback() { document.removeEventListener('webchat', this.hear); }
});
