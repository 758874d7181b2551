// <toast-list>: at most three at once, each gone after eight seconds, but never while somebody points at one or reads it, nor
// while nobody can see it. What was shown is said to the server, so that it is not summed up again at the next visit.
const [MOST, STAY] = [3, 8_000];

customElements.define('toast-list', class extends HTMLElement {
  connectedCallback() {
    this.rows = this.firstElementChild.children;
    this.addEventListener('click', (event) => event.target.closest('a, button') && setTimeout(() => event.target.closest('li')?.remove()));
    this.addEventListener('keydown', (event) => event.key === 'Escape' && event.target.closest('li')?.remove());
    for (const [on, sign] of [[this, 'pointerleave'], [this, 'focusout'], [document, 'visibilitychange']]) on.addEventListener(sign, () => this.#arrived());
    document.addEventListener('webchat:seen', ({ detail }) => [...this.rows].forEach((row) => row.dataset.number <= detail && row.remove()));
    new MutationObserver(() => this.#arrived()).observe(this.firstElementChild, { childList: true });
  }

  #arrived() {
    while (this.rows.length > MOST) this.rows[0].remove();
    clearTimeout(this.timer);
    if (document.hidden || !this.rows.length) return;
    this.timer = setTimeout(() => this.matches(':hover, :focus-within') || this.rows[0]?.remove(), STAY);
    const upto = Math.max(...[...this.rows].map((row) => row.dataset.number ?? 0));
    if (upto > (this.upto ?? 0)) this.parentElement.outbox.put({ do: 'see-notifications', upto: this.upto = upto });
  }
});
