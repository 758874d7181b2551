// Modules that a page asks for when it needs them. Many browsers keep it for the life of a page that one did not come, and never
// ask again: so each is fetched first, with all that it imports, and comes out of the cache then.
const HERE = import.meta.url;

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  for (const [, path] of (await answer.text()).matchAll(/^import [^']*'(\.[^']+)/gm)) await fetched(new URL(path, url));
  return url;
}

export const later = (...names) => Promise.all(names.map(async (name) => import(await fetched(new URL(`${name}.js`, HERE).href))));
