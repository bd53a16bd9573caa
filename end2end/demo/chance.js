// Chance that falls the same way each time: the demo's history is the same for everybody.

/** Draws from a seed: `unit()` 0..1, `below(n)`, `between(a, b)`, `often(p)`, `one(list)`, `id(prefix)`. */
export function chance(seed) {
  let state = seed;

  // Mulberry32, by Tommy Ettinger, public domain.
  function unit() {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (count) => Math.floor(unit() * count);
  return {
    unit,
    below,
    between: (least, most) => least + unit() * (most - least),
    often: (share) => unit() < share,
    one: (list) => list[below(list.length)],
    id: (prefix) => prefix + Array.from({ length: 16 }, () => below(36).toString(36)).join(''),
  };
}
