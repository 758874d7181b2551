// <zone-field data-guess><input name="zone"></zone-field>: offers the time zones that the browser knows, and, with
// `data-guess`, says its own.
customElements.define('zone-field', class extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector('input');
    const list = document.createElement('datalist');
    list.id = `${field.id}-zones`;
    list.append(...(Intl.supportedValuesOf?.('timeZone') ?? []).map((zone) => new Option('', zone)));
    this.append(list);
    field.setAttribute('list', list.id);
    if ('guess' in this.dataset) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
  }
});
