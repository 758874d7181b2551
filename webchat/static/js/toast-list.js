// <toast-list>: at most three at once, each gone after eight seconds, but never while somebody points at one or reads it, nor
// while nobody can see it. What was shown is said to the server, so that it is not summed up again at the next visit.
const [MOST, STAY] = [3, 8_000];

customElements.define('toast-list', class extends HTMLElement {
  connectedCallback() {
    this.rows = this.firstElementChild.children;
    this.addEventListener('click', (event) => event.target.closest('a, button') && setTimeout(() => this.#drop(event.target.closest('li'))));
    this.addEventListener('keydown', (event) => event.key === 'Escape' && this.#drop(event.target.closest('li')));
    for (const [on, sign] of [[this, 'pointerleave'], [this, 'focusout'], [document, 'visibilitychange']]) on.addEventListener(sign, () => this.#arrived());
    document.addEventListener('webchat:seen', ({ detail }) => [...this.rows].forEach((row) => row.dataset.number <= detail && row.remove()));
    new MutationObserver(() => this.#arrived()).observe(this.firstElementChild, { childList: true });
  }

  // Who is there by keys goes on with the next one, or with what is written.
  #drop(row) {
    const keys = row?.querySelector(':focus-visible');
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    row?.remove();
    if (keys) (next?.querySelector('a, button') ?? document.getElementById('body'))?.focus();
  }

  #arrived() {
    const spare = [...this.rows].filter((row) => !row.matches(':hover, :focus-within'));
    for (const row of spare.slice(0, Math.max(0, this.rows.length - MOST))) row.remove();
    clearTimeout(this.timer);
    if (document.hidden || !this.rows.length) return;
    this.timer = setTimeout(() => this.matches(':hover, :focus-within') || this.rows[0]?.remove(), STAY);
    const upto = Math.max(...[...this.rows].map((row) => row.dataset.number ?? 0));
    if (upto > (this.upto ?? 0)) this.parentElement.outbox.put({ do: 'see-notifications', upto: this.upto = upto });
  }
});
