// Draw every example of draw-vectors.json again, with Node.js and no library.
const { readFileSync } = require("fs"), { createHash } = require("crypto"), { deepStrictEqual } = require("assert");
const sha = (...parts) => createHash("sha256").update(parts.join("|")).digest("hex");
const rank = (head, units) => units.map((u) => [sha(...head, u), u]).sort().map(([, u]) => u);
function steps(units, most, policy, rounds) { // the pools in turn, and how many are taken from each
  let found = [], take = Math.min(most, units.length), taken = 0, seen = [];
  if (policy === "cycle" && take < units.length) {
    for (const drawn of rounds) {
      const over = units.every((u) => seen.includes(u) || drawn.includes(u));
      seen = over ? drawn.filter((u) => seen.includes(u)) : [...seen, ...drawn];
    }
    const left = units.filter((u) => !seen.includes(u));
    found.push([left, (taken = Math.min(take, left.length))]);
  } else if (policy.startsWith("within") && take < units.length) {
    const last = (u) => Math.max(0, ...rounds.map((r, n) => (r.includes(u) ? n + 1 : 0)));
    const due = (u) => Math.max(parseInt(policy.slice(7)) - rounds.length + last(u), 1);
    for (const day of [...new Set(units.map(due))].sort((a, b) => a - b)) {
      const pool = units.filter((u) => due(u) <= day), must = pool.length - take * (day - 1);
      if (must > taken) found.push([pool, must - taken]), (taken = must);
    }
  }
  return [...found, [units, take - taken]];
}
function bySize(head, line, take, sizes) { // on a line in order of tickets; the too large come first
  const total = line.reduce((sum, u) => sum + sizes[u], 0), sure = line.filter((u) => take * sizes[u] >= total);
  if (sure.length) return [...sure, ...bySize(head, line.filter((u) => !sure.includes(u)), take - sure.length, sizes)];
  let end = 0, mark = take ? Number(BigInt("0x" + sha(...head, "*")) % BigInt(total)) : 0; // past the highest: "*/2" ...
  return line.filter((u) => mark < (end += take * sizes[u]) && (mark += total));
}
function places({ frame, digits, take, coverage, rounds, sizes }, head) { // digits: of strata, then of each stage's units
  const found = {}, prefixes = (codes, count) => [...new Set(codes.map((code) => code.slice(0, count)))].sort();
  for (let stage = 0, inside = prefixes(frame, digits[0]); stage + 1 < digits.length; stage += 1) {
    for (const stratum of inside) {
      const units = prefixes(frame.filter((c) => c.startsWith(stratum) && sizes[c] !== 0), digits[stage + 1]), picks = (found[stratum] = []);
      steps(units, take, stage ? "independent" : coverage, rounds).forEach(([pool, count], n) => {
        const here = [...head, n ? `${stratum}/${n + 1}` : stratum], ranked = rank(here, pool.filter((u) => !picks.includes(u)));
        const taken = Object.keys(sizes).length ? bySize(here, ranked, count, sizes) : ranked.slice(0, count);
        picks.push(...ranked.filter((u) => taken.includes(u)));
      });
    }
    inside = inside.flatMap((stratum) => found[stratum]);
  }
  return found;
}
function teams({ inspectors, places, size }, head) {
  const meet = (a, b) => a.startsWith(b) || b.startsWith(a), bars = (i, p) => meet(i.home, p.slice(0, 6)) || i.areas.some((a) => meet(a, p));
  const free = Object.fromEntries(places.map((p) => [p, rank([...head, p], inspectors.filter((i) => !bars(i, p)).map((i) => i.id))]));
  const tried = (team, p, more, cap) => { // the teams with one more, if all can be filled after that
    const row = { ...team, [p]: [...team[p], ...more] }, seats = Object.values(team).flat(), short = places.find((q) => row[q].length < size);
    if (row[p].length > size || more.some((i) => team[p].includes(i) || seats.filter((s) => s === i).length === cap)) return null;
    return !short || free[short].some((i) => tried(row, short, [i], cap)) ? row : null;
  };
  let team = Object.fromEntries(places.map((p) => [p, []])), cap = [...places.keys()].find((n) => tried(team, places[0], [], n + 1)) + 1;
  for (const p of rank([...head, "*"], places)) for (const i of free[p]) team = tried(team, p, [i], cap) || team;
  return team;
}
const given = JSON.parse(readFileSync(process.argv[2]));
for (const { notice, plan, results, seed } of given.seeds) deepStrictEqual(sha("antipoverty-notice/1", notice, plan, ...results), seed);
for (const one of [...given.draws, ...given.teams]) deepStrictEqual((one.inspectors ? teams : places)(one, [given.algorithm, ...one.head]), one.drawn);
console.log("ok");
