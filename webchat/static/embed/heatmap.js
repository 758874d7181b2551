// <web-heatmap>, inside <web-danmaku>: how much is said at each part of the film, as a strip as long as the film is.
customElements.define('web-heatmap', class extends HTMLElement {
  connectedCallback() {
    this.ariaHidden = true;
    const host = this.closest('web-danmaku');
    const video = host?.querySelector('video');
    if (!video) return;
    this.life = new AbortController();
    const { signal } = this.life;
    const show = () => this.#show(host, video, signal);
    video.addEventListener('durationchange', show, { signal });
    show();
  }

  disconnectedCallback() { this.life?.abort(); }

  async #show(host, video, signal) {
    const all = video.duration * 1_000;
    if (!(all < Infinity)) return;
    const url = new URL(`embed/${host.getAttribute('site')}/${host.getAttribute('room')}/danmaku.json`, import.meta.url);
    const answer = await fetch(url, { signal }).catch(() => null);
    if (!answer?.ok) return;
    const { step, counts } = await answer.json();
    const most = Math.max(1, ...counts);
    const bars = counts.map((count, i) => [i, i + 1].map((n) => `${Math.min(100, n * step / all * 100)}% ${100 - count / most * 100}%`));
    const end = Math.min(100, counts.length * step / all * 100);
    Object.assign(this.style, {
      display: 'block', height: this.style.height || '1.5em', background: this.style.background || 'currentcolor',
      clipPath: `polygon(0 100%, ${[...bars.flat(), `${end}% 100%`].join(', ')})`,
    });
  }
});
