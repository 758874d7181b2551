// A list that is too long loses what is far from where its reader is, and has a link for it instead.
const KEEP = 240;

export function bound(log, most) {
  const rows = log.rows.sort((one, other) => one.dataset.seq - other.dataset.seq);
  if (rows.length <= most) return;
  const late = log.following || rows.findIndex((row) => row.id === log.anchor?.id) > rows.length / 2;
  for (const row of late ? rows.slice(0, -KEEP) : rows.slice(KEEP)) row.remove();
  end(log, late ? 'earlier' : 'later', rows.at(late ? -KEEP : KEEP - 1).dataset.seq);
  if (!late) log.list.removeAttribute('data-end');
}

function end(log, name, seq) {
  const link = document.getElementById(`${name}-pattern`).content.firstElementChild.cloneNode(true);
  for (const attribute of ['href', 'hx-get']) link.setAttribute(attribute, link.getAttribute(attribute) + seq);
  log.querySelector(`#${name}`).replaceWith(link);
  htmx.process(link);
}
