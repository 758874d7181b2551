// In a thread what answers something stands below it, if that is in the list; and the rest by time, the newest first, or
// by votes. What is voted for meanwhile stays where it is.
const { sort } = document.documentElement.dataset;
const place = (row) => Number(row.dataset.seq);
const votes = (row) => row.querySelector('[data-vote]')?.dataset.u.split(' ').length ?? 0;
const rank = { newest: (row) => -place(row), best: (row) => row.rank ??= -votes(row) }[sort] ?? place;

export function arranged(list, rows) {
  const roots = new Map(rows.filter((row) => !row.dataset.root).map((row) => [row.dataset.seq, row]));
  const root = (row) => roots.get(row.dataset.root) ?? row;
  rows.sort((one, other) => rank(root(one)) - rank(root(other)) || place(root(one)) - place(root(other)) || place(one) - place(other));
  let next = list.firstElementChild;
  for (const row of rows) {
    row.toggleAttribute('data-alone', Boolean(row.dataset.root) && root(row) === row);
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
}
