// <push-switch data-key="…" data-worker="…/sw.js">: asks the browser where it can be reached while it shows nothing, and says
// so to the server; again at every visit, since browsers change it without a word.
customElements.define('push-switch', class extends HTMLElement {
  async connectedCallback() {
    this.form = this.querySelector('form');
    this.hidden = !('PushManager' in window);
    if (this.hidden) return;
    this.form.addEventListener('submit', (event) => this.#submitted(event));
    const subscription = await this.#subscription((manager) => manager.getSubscription());
    if (subscription && Notification.permission === 'granted') fetch(this.form.action, { method: 'POST', body: this.#filled(subscription) });
  }

  // Nothing where the browser says no, as to a worker in a private window.
  #subscription(asked) { return navigator.serviceWorker.register(this.dataset.worker).then(({ pushManager }) => asked(pushManager)).catch(() => null); }

  #filled(subscription) {
    const { endpoint, keys } = subscription.toJSON();
    return new URLSearchParams({ do: 'on', endpoint, ...keys });
  }

  async #submitted(event) {
    if (event.submitter.value !== 'on' || this.form.elements.endpoint.value) return;
    event.preventDefault();
    const options = { userVisibleOnly: true, applicationServerKey: this.dataset.key };
    const subscription = await this.#subscription((manager) => manager.subscribe(options));
    if (!subscription) return void (this.querySelector('[role="status"]').hidden = false);
    for (const [name, value] of this.#filled(subscription)) if (name !== 'do') this.form.elements[name].value = value;
    this.form.requestSubmit(event.submitter);
  }
});
